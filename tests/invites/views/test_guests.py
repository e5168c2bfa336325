"""`/guests/`: who was invited here, and what has become of them."""

import re
from datetime import date, timedelta
from uuid import UUID

import pytest
import time_machine
from django.utils import timezone

from invites.audit.models import Event
from tests.invites.factories import NOON, guest, invitation, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def mona(client):
    user = person("Mona Miller", role="lead")
    client.force_login(user)
    return user


@pytest.fixture
def paula(client):
    user = person()
    client.force_login(user)
    return user


def named(inviter, name, **fields):
    first, _, last = name.partition(" ")
    about = {key: fields.pop(key) for key in ("project_id", "project_name") if key in fields}
    sent = invitation(
        inviter, first_name=first, last_name=last, email=f"{first}@creative.example".lower(), **about
    )
    return guest(inviter, of=sent, **fields)


def text(response):
    return response.content.decode()


def names(client, query=""):
    page = text(client.get(f"/guests/{query}"))
    return [
        part.partition("<")[0]
        for part in page.split('class="cover"')[1:]
        for part in [part.partition(">")[2]]
    ]


def test_a_manager_sees_their_own_guests(client, paula):
    named(paula, "Carla Creative")
    named(person("Mara Manager"), "Ben Berg")
    assert names(client) == ["Carla Creative"]
    assert "Your guests" in text(client.get("/guests/"))


def test_a_lead_sees_all_with_their_sponsors(client, mona):
    named(person(), "Carla Creative")
    named(person("Mara Manager"), "Ben Berg", sponsor=None)
    page = text(client.get("/guests/"))
    assert "All guests" in page
    assert "Paula Planer" in page
    assert "No sponsor" in page
    assert set(names(client)) == {"Carla Creative", "Ben Berg"}


def test_a_row_is_one_link_and_says_state_and_days(client, mona):
    found = named(person(), "Carla Creative", invited_at=timezone.now() - timedelta(days=9, hours=1))
    page = text(client.get("/guests/"))
    assert page.count(f'href="/guests/{found.id}/"') == 1
    assert '<tr data-state="pending">' in page
    assert "for 9 days" in " ".join(page.split())


@pytest.mark.parametrize("state", ["joined", "ended", "moved", "gone"])
def test_a_later_state_says_when_it_was_seen(client, mona, state):
    named(person(), "Carla Creative", state=state, state_since=NOON)
    assert "by 20 Nov 2026" in " ".join(text(client.get("/guests/")).split())


def test_tabs_count_and_filter(client, mona):
    paula = person()
    for name, state in [("A A", "pending"), ("B B", "pending"), ("C C", "joined"), ("D D", "gone")]:
        named(paula, name, state=state)
    page = text(client.get("/guests/?state=pending"))
    tabs = " ".join(page.partition('<nav class="tabs"')[2].partition("</nav>")[0].split())
    counts = re.findall(r'(\w[\w ]*) <span class="count">(\d+)</span>', tabs)
    assert dict(counts) == {
        **{"All": "4", "Pending": "2", "Joined": "1"},
        **{"Ended": "0", "Moved to Connect": "0", "Gone": "1"},
    }
    assert tabs.index('aria-current="page"') < tabs.index("Pending") < tabs.index("Joined")
    assert set(names(client, "?state=pending")) == {"A A", "B B"}


def test_words_of_guest_task_and_project_and_the_sponsor_filter(client, mona):
    paula, mara = person(), person("Mara Manager")
    named(paula, "Carla Creative")
    named(mara, "Ben Berg", project_id=UUID(int=8), project_name="Podcast")
    named(mara, "Cleo Cole", sponsor=None)
    assert names(client, "?q=ber") == ["Ben Berg"]
    assert names(client, "?q=creative.example")[0]
    assert names(client, "?q=podcast") == ["Ben Berg"]
    assert names(client, f"?sponsor={paula.pk}") == ["Carla Creative"]
    assert names(client, "?sponsor=none") == ["Cleo Cole"]
    assert "Nothing matches" in text(client.get("/guests/?q=nobody"))


def test_pages_go_on_where_the_last_one_ended(client, mona):
    paula = person()
    for number in range(65):
        named(paula, f"Guest{number:02}", invited_at=NOON + timedelta(minutes=number))
    for sort, first in (("", "Guest64"), ("date", "Guest00"), ("guest", "Guest00"), ("-guest", "Guest64")):
        seen, url = [], f"/guests/?sort={sort}"
        while url:
            page = text(client.get(url))
            seen += names(client, url.removeprefix("/guests/"))
            found = [part for part in page.split("<a")[1:] if 'rel="next"' in part[:200]]
            url = found[0].split('href="')[1].split('"')[0].replace("&amp;", "&") if found else ""
        assert (len(seen), len(set(seen)), seen[0]) == (65, 65, first), sort


def test_an_unknown_filter_is_reported_and_filters_nothing(client, mona):
    named(person(), "Carla Creative")
    page = text(client.get("/guests/?state=lost&colour=red"))
    assert "These filters aren" in page
    assert "Carla Creative" in page


def test_an_empty_list_says_when_guests_appear(client, paula):
    assert "No guests yet" in text(client.get("/guests/"))


def test_the_picture_has_a_table(client, mona):
    paula = person()
    for name, state in [("A A", "pending"), ("B B", "joined"), ("C C", "moved"), ("D D", "unchecked")]:
        named(paula, name, state=state)
    with time_machine.travel(NOON):
        page = " ".join(text(client.get("/guests/")).split())
    assert "Invited in the week of 16 Nov 2026: 1 joined, 1 pending, 1 ended" in page
    assert "by the week of their invitation (from Monday, UTC), 3 at most" in page  # and not the unchecked
    cells = re.findall(r'<td data-label="(Joined|Pending|Ended)">(\d+)</td>', page)
    assert cells == [("Joined", "1"), ("Pending", "1"), ("Ended", "1")]


def test_markup_in_names_stays_text(client, mona):
    named(person(), "<script>x</script>")
    assert "<script>x" not in text(client.get("/guests/"))


def test_the_export_has_what_the_filters_show_and_is_recorded(client, mona):
    paula = person()
    named(paula, "Carla Creative", checked_at=NOON)
    named(paula, "=Ben Berg", state="joined", sponsor=None)
    file = b"".join(client.get("/guests/export.csv?q=carla").streaming_content).decode("utf-8-sig")
    header, row, *_ = file.splitlines()
    assert header.startswith("guest,email,state,state_seen_since_utc")
    assert row.startswith(
        "Carla Creative,carla@creative.example,Pending,2026-11-20 12:00:00,2026-11-20 12:00:00"
    )
    event = Event.objects.get(type="guests-exported")
    assert event.details == {"rows": 1, "filters": {"q": True}}
    assert "carla" not in str(event.details)


def test_an_export_by_sponsor_records_who_it_is(client, mona):
    paula = person()
    named(paula, "Carla Creative")
    list(client.get(f"/guests/export.csv?sponsor={paula.pk}").streaming_content)
    assert Event.objects.get(type="guests-exported").details["filters"] == {"sponsor": str(paula.awork_id)}
    list(client.get("/guests/export.csv?sponsor=none").streaming_content)
    assert Event.objects.filter(type="guests-exported").last().details["filters"] == {"sponsor": "none"}


def test_an_export_with_an_invalid_filter_leads_to_the_page_that_says_so(client, mona):
    response = client.get("/guests/export.csv?state=lost")
    assert (response.status_code, response["Location"]) == (302, "/guests/?state=lost")


def test_end_dates_are_shown_and_filtered_by(client, mona):
    with time_machine.travel(NOON):
        client.force_login(mona)
        for name, day in [("Near", 4), ("Far", 5), ("Past", -1), ("Ended", 1)]:
            named(
                mona,
                name,
                ends_on=date(2026, 11, 30) + timedelta(day) if day > 0 else date(2026, 11, 19),
                state="ended" if name == "Ended" else "joined",
            )
        named(mona, "Never")
        assert "4 Dec 2026" in text(client.get("/guests/"))
        assert names(client, "?end=soon") == ["Near"]
        assert names(client, "?end=passed") == ["Past"]
        assert names(client, "?end=none") == ["Never"]
        assert "End date: Ends within 14 days" in " ".join(text(client.get("/guests/?end=soon")).split())
        lines = b"".join(client.get("/guests/export.csv?end=soon").streaming_content).decode().splitlines()
        assert "ends_on" in lines[0]
        assert "2026-12-04" in lines[1]
