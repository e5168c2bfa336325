"""`/invitations/`: what one has sent, newest first."""

import re
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest
import time_machine
from django.utils.html import escape

from tests.invites.factories import NOON, batch, guest, invitation, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def paula(client):
    user = person()
    client.force_login(user)
    return user


def text(response) -> str:
    return response.content.decode()


def test_a_stranger_is_sent_to_sign_in_and_back(client):
    response = client.get("/invitations/?state=sent")
    assert response.status_code == 302
    assert response["Location"] == "/login/?next=/invitations/%3Fstate%3Dsent"


def test_one_sees_ones_own_invitations_newest_first(client, paula):
    invitation(paula, first_name="Older", created_at=NOON - timedelta(days=1))
    invitation(paula, first_name="Newer")
    invitation(person("Mara Manager"), first_name="Foreign")
    page = text(client.get("/invitations/"))
    assert page.index("Newer") < page.index("Older")
    assert "Foreign" not in page


def test_a_row_shows_the_state_and_is_one_link(client, paula):
    found = invitation(paula, state="unclear")
    page = text(client.get("/invitations/"))
    assert page.count(f'href="/invitations/{found.id}/"') == 1
    assert 'data-state="unclear">Unclear<' in page


def test_a_team_that_could_not_be_put_back_is_seen_in_the_list(client, paula):
    invitation(paula, assignees_state="not_restored")
    assert "Assignees not restored" in text(client.get("/invitations/"))


def test_markup_in_names_stays_text(client, paula):
    invitation(paula, first_name="<script>x</script>")
    page = text(client.get("/invitations/"))
    assert "<script>x" not in page
    assert escape("<script>x</script>") in page


def test_nobody_invited_yet_and_nothing_found_say_so(client, paula):
    assert "You haven't invited anyone yet" in text(client.get("/invitations/"))
    assert "Nothing matches" in text(client.get("/invitations/?q=nobody"))


def test_pages_keep_the_filters_in_their_addresses(client, paula):
    for number in range(31):
        invitation(paula, created_at=NOON - timedelta(hours=number))
    page = text(client.get("/invitations/?state=sent&q="))
    assert 'href="/invitations/?state=sent&amp;before=2026-11-19T07%3A00%3A00.000000Z~' in page
    assert "Newer" not in page


def test_htmx_gets_the_list_alone_and_an_address_without_empty_filters(client, paula):
    invitation(paula)
    part = client.get("/invitations/?q=&state=sent", headers={"HX-Request": "true"})
    assert "<html" not in text(part)
    assert part["HX-Push-Url"] == "/invitations/?state=sent"
    assert "HX-Request" in part["Vary"]


def test_a_turned_page_takes_the_focus_and_a_filtered_one_does_not(client, paula):
    for number in range(31):
        invitation(paula, created_at=NOON - timedelta(hours=number))
    assert "data-focus" not in text(client.get("/invitations/?q=carla"))
    assert "data-focus" in text(client.get("/invitations/?before=2026-11-20T00:00:00Z~" + "0" * 32))


def test_the_number_of_queries_does_not_grow_with_the_list(client, paula, django_assert_max_num_queries):
    for number in range(40):
        invitation(paula, created_at=NOON - timedelta(hours=number))
    with django_assert_max_num_queries(
        8
    ):  # session, user, attention, projects, invitations, guests, counts, weeks
        client.get("/invitations/")


def test_paging_swaps_the_list_alone_and_counts_nothing(client, paula, django_assert_num_queries):
    invitation(paula)
    with django_assert_num_queries(5):  # session, user, projects, invitations, guests
        part = text(
            client.get("/invitations/?sort=guest", headers={"HX-Request": "true", "HX-Target": "list"})
        )
    assert "Carla Creative" in part
    assert "tabs" not in part


def test_tabs_have_counts_of_what_the_other_filters_show(client, paula):
    for state in ("sent", "sent", "refused", "unclear", "not_sent"):
        invitation(paula, state=state)
    invitation(paula, first_name="Bo", email="bo@b.example")
    shown = text(client.get("/invitations/?q=carla&state=refused"))
    tabs = re.findall(r'<a href="([^"]+)"(.*?)>\s*([\w ]+?) <span class="count">(\d+)<', shown)
    assert tabs == [
        ("/invitations/?q=carla", " ", "All", "5"),
        ("/invitations/?q=carla&amp;state=attention", " ", "Needs attention", "3"),
        ("/invitations/?q=carla&amp;state=unclear", " ", "Unclear", "1"),
        ("/invitations/?q=carla&amp;state=refused", ' aria-current="page"', "Refused", "1"),
        ("/invitations/?q=carla&amp;state=sent", " ", "Sent", "2"),
    ]
    assert '<input type="hidden" name="state" value="refused"' in shown


def test_the_list_is_sorted_by_date_or_guest_and_says_so(client, paula):
    for name, hours in (("Zoe", 1), ("\u00c4nne", 2), ("bo", 3)):
        invitation(paula, first_name=name, created_at=NOON - timedelta(hours=hours))

    def order(query):
        shown = text(client.get(f"/invitations/?{query}"))
        return re.findall(r'<a class="cover"[^>]*>(\S+) ', shown), re.findall(r'aria-sort="(\w+)"', shown)

    assert order("") == (["Zoe", "\u00c4nne", "bo"], ["descending"])
    assert order("sort=date") == (["bo", "\u00c4nne", "Zoe"], ["ascending"])
    assert order("sort=guest") == (["\u00c4nne", "bo", "Zoe"], ["ascending"])
    assert order("sort=-guest") == (["Zoe", "bo", "\u00c4nne"], ["descending"])


@pytest.mark.parametrize(
    ("query", "above", "below"),
    [("sort=date&", "Older", "Newer"), ("sort=guest&", "Previous", "Next"), ("", "Newer", "Older")],
)
def test_pages_keep_the_order_and_are_named_by_it(client, paula, query, above, below):
    for number in range(61):
        invitation(paula, first_name=f"G{number:02}", created_at=NOON - timedelta(hours=number))

    def page(address):
        shown = text(client.get(address))
        found = re.findall(r'rel="\w+"\s+href="([^"]+)"[^>]*>(\w+)<', shown)
        links = {word: unescape(url) for url, word in found}
        return re.findall(r'<a class="cover"[^>]*>(G\d+) ', shown), links

    first, links = page(f"/invitations/?{query}")
    second, onward = page(links[below])
    third, _ = page(onward[below])
    assert sorted([*first, *second, *third]) == [f"G{number:02}" for number in range(61)]
    assert page(onward[above])[0] == first
    assert list(links) == [below]


def test_weeks_are_a_picture_and_a_table(client, paula):
    with time_machine.travel(NOON, tick=False):
        invitation(paula)
        invitation(paula, state="refused", created_at=NOON - timedelta(days=7))
        shown = text(client.get("/invitations/"))
    assert "<title>Week of 16 Nov 2026: 1 sent, 0 refused, 0 unclear</title>" in shown
    row = r'<th scope="row">9 Nov 2026</th>\s*<td[^>]*>0</td>\s*<td[^>]*>1</td>\s*<td[^>]*>0</td>'
    assert re.search(row, shown)


def test_the_list_offers_its_export_with_the_filters(client, paula):
    invitation(paula)
    shown = text(client.get("/invitations/?state=sent"))
    assert 'href="/invitations/export.csv?state=sent&amp;separator=semicolon"' in shown
    assert "export.csv" not in text(client.get("/invitations/?q=nobody"))


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("guest=carla", "There is no filter “guest”."),
        ("inviter=1", "There is no filter “inviter”."),  # a manager sees their own
        ("state=lost", "State: Select a valid choice."),
        ("from=soon", "From: Enter a valid date."),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true", "HX-Target": "invitations"}])
def test_a_filter_that_is_not_applied_is_reported(client, paula, query, problem, headers):
    invitation(paula)
    page = text(client.get(f"/invitations/?{query}", headers=headers))
    assert problem in page
    assert "Carla Creative" in page
    assert client.get(f"/invitations/export.csv?{query}").status_code == 302


# Batches: one entry each, unless the list is filtered.


def entries(client, query=""):
    shown = text(client.get(f"/invitations/?{query}"))
    return [" ".join(name.split()) for name in re.findall(r'<a class="cover[^>]*>([^<]*)', shown)]


def test_a_batch_is_one_entry_with_its_counts_in_the_order_of_time(client, paula):
    invitation(paula, first_name="Newer", created_at=NOON + timedelta(hours=1))
    found = batch(paula, [{"state": "sent"}] * 3 + [{"state": "refused"}], state="done")
    invitation(paula, first_name="Older", created_at=NOON - timedelta(hours=1))
    assert entries(client) == ["Newer Creative", "Batch of 4 guests", "Older Creative"]
    assert entries(client, "sort=date") == ["Older Creative", "Batch of 4 guests", "Newer Creative"]
    shown = text(client.get("/invitations/"))
    assert f'href="/batches/{found.id}/"' in shown
    assert re.search(r'data-state="done">Done<', shown)
    row = shown[shown.index("Batch of 4") : shown.index("Older")]
    assert re.findall(r'data-state="\w+">(\w+)</span>\s*(\d)', row) == [("Sent", "3"), ("Refused", "1")]
    assert re.search(r'All <span class="count">6<', shown)  # tabs count invitations


def test_a_batch_whose_lines_begin_further_down_in_the_file_is_an_entry(client, paula):
    batch(paula, [{"line": 2, "is_first_line": True}, {"line": 3, "is_first_line": False}])
    assert entries(client) == ["Batch of 2 guests"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=bo", ["Bo Creative"]),
        ("state=refused", ["Bo Creative"]),
        ("state=attention", ["Bo Creative"]),
        ("task=WEB-12", ["Carla Creative", "Bo Creative"]),
        ("sort=guest", ["Bo Creative", "Carla Creative"]),
    ],
)
def test_what_is_filtered_or_sorted_by_guest_is_single_lines_with_a_mark(client, paula, query, found):
    batch(
        paula,
        [{"id": UUID(int=2), "state": "sent"}, {"id": UUID(int=1), "state": "refused", "first_name": "Bo"}],
    )
    assert entries(client, query) == found
    shown = text(client.get(f"/invitations/?{query}"))
    assert ("<small>Batch, line 2</small>" in shown) is bool(found)


def test_batches_take_one_more_query_however_many(client, paula, django_assert_max_num_queries):
    for number in range(5):
        batch(paula, [{"state": "sent"}] * 3, created_at=NOON - timedelta(hours=number))
    with django_assert_max_num_queries(9):  # as above, and the counts of all batches
        assert len(entries(client)) == 5


def test_a_page_has_thirty_entries_however_many_lines(client, paula):
    for number in range(31):
        batch(paula, [{}] * 3, created_at=NOON - timedelta(hours=number))
    assert len(entries(client)) == 30
    onward = re.search(r'rel="next"\s+href="/invitations/\?([^"]+)"', text(client.get("/invitations/")))[1]
    assert len(entries(client, unescape(onward))) == 1


def test_the_list_says_what_has_become_of_the_guest(client, paula):
    guest(paula, state="joined")
    invitation(paula, state="refused", reason="no-seats")
    shown = " ".join(text(client.get("/invitations/")).split())
    assert shown.count("Joined by 20 Nov 2026") == 1
