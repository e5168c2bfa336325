"""The end date in the form of `/invite/`: proposed, required, checked, and applied to the guest."""

import re
from datetime import timedelta

import pytest

from invites.audit.models import Event
from invites.models import Guest, Invitation
from invites.policy.rules import EndTerm
from portal import clock
from tests.invites.factories import policy
from tests.invites.views.pages import text

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Target": "panel"}
NONE = {"ends_on": ""}


@pytest.fixture
def role(standin):
    return lambda name: standin.world.role(name).id


@pytest.fixture
def terms(paula, role):
    """A policy: guests 90 days by default and 365 at most, members 30 by default."""
    policy(paula, end_terms=(EndTerm(role("guest"), "Guest", 90, 365), EndTerm(role("member"), "Member", 30)))


def day(days):
    return clock.today() + timedelta(days)


def field(page):
    """The value of the form's field."""
    return re.search(r'name="ends_on"\s+type="date"\s+value="([^"]*)"', text(page))[1]


def test_without_a_policy_the_field_is_empty_and_so_is_the_invitation(client, fields):
    page = client.get("/invite/")
    assert field(page) == ""
    assert "ends_for" not in text(page)
    client.post("/invite/", fields(**NONE))
    assert Invitation.objects.get().ends_on is Guest.objects.get().ends_on is None


def test_the_default_of_the_role_is_proposed_and_promised(client, terms, role):
    page = client.get("/invite/")
    assert field(page) == day(90).isoformat()
    assert f"The last day of access is <strong>{day(90):%-d %b %Y}</strong>." in text(page)
    assert field(client.get("/invite/", {"role": role("member")})) == day(30).isoformat()
    assert field(client.get("/invite/", {"role": role("lead")})) == ""


def test_it_becomes_the_guests_with_events(client, terms, fields, role):
    last = day(120)
    client.post("/invite/", fields(ends_on=last.isoformat(), ends_for=str(role("guest"))))
    assert Invitation.objects.get().ends_on == Guest.objects.get().ends_on == last
    for type in ("invitation-requested", "invitation-sent"):
        assert Event.objects.get(type=type).details["ends_on"] == last.isoformat()
    assert f"{last:%-d %b %Y}" in text(client.get(Invitation.objects.get().get_absolute_url()))


@pytest.mark.parametrize("days", [366, None, -1, "soon"])
def test_what_the_policy_does_not_allow_is_not_sent(client, terms, fields, role, days):
    typed = day(days).isoformat() if isinstance(days, int) else days or ""
    response = client.post("/invite/", fields(ends_on=typed, ends_for=str(role("guest"))))
    said = {
        366: f"The last day of access can be {day(365):%-d %b %Y} at the latest.",
        None: f"Guests in this role need an end date: {day(365):%-d %b %Y} at the latest.",
        -1: "This day has passed. Choose today or a later day.",
        "soon": "Enter a day such as 2027-01-31.",
    }
    assert response.status_code == 422
    assert 'href="#id_ends_on"' in text(response)
    assert said[days] in text(response)
    assert not Invitation.objects.exists()


def test_a_script_that_names_no_end_date_gets_the_default(client, terms, fields):
    client.post("/invite/", fields())
    assert Guest.objects.get().ends_on == day(90)


def test_another_role_brings_its_own_proposal_unless_a_day_was_entered(client, terms, role):
    guests = {"ends_on": day(90).isoformat(), "ends_for": str(role("guest"))}
    page = text(client.get("/invite/", guests | {"role": role("member")}, headers=HTMX))
    assert f'data-suggest-for="id_ends_on" data-value="{day(30).isoformat()}"' in page
    assert f"<strong>{day(30):%-d %b %Y}</strong>" in page
    own = guests | {"ends_on": day(7).isoformat(), "role": role("member")}
    page = text(client.get("/invite/", own, headers=HTMX))
    assert 'data-suggest-for="id_ends_on"' not in page
    assert f"<strong>{day(7):%-d %b %Y}</strong>" in page
    without = guests | {"role": role("lead")}
    assert 'data-suggest-for="id_ends_on" data-value=""' in text(
        client.get("/invite/", without, headers=HTMX)
    )


def test_a_proposal_that_was_removed_stays_removed(client, terms, role):
    removed = {"ends_on": "", "ends_for": str(role("member")), "role": str(role("member"))}
    page = client.get("/invite/", removed, headers=HTMX)
    assert "The last day of access" not in text(page)
    assert page["HX-Replace-Url"].endswith("ends_on=none")
    assert field(client.get(page["HX-Replace-Url"])) == ""
    checked = client.post("/invite/preview/", removed)
    assert "ends_on=none" in checked["Location"]


def test_a_bookmark_has_the_end_date_unless_it_is_the_proposal(client, terms, role):
    shown = {"role": str(role("guest")), "ends_for": str(role("guest"))}
    assert (
        "ends_on"
        not in client.get("/invite/", shown | {"ends_on": day(90).isoformat()}, headers=HTMX)[
            "HX-Replace-Url"
        ]
    )
    other = client.get("/invite/", shown | {"ends_on": day(9).isoformat()}, headers=HTMX)
    assert other["HX-Replace-Url"].endswith(f"ends_on={day(9).isoformat()}")
    assert "asks for something" not in text(client.get("/invite/?ends_for=x&ends_on=2027-01-01"))


def test_what_was_not_promised_is_shown_first(client, terms, fields, role):
    shown = fields(ends_on=day(90).isoformat(), ends_for=str(role("guest")))
    page = client.get("/invite/", {name: value for name, value in shown.items() if name != "key"})
    previewed = re.search(r'name="previewed" value="([^"]*)"', text(page))[1]
    response = client.post("/invite/", shown | {"ends_on": day(91).isoformat(), "previewed": previewed})
    assert "Nothing was sent yet." in text(response)
    assert client.post("/invite/", shown | {"previewed": previewed}).status_code == 302


def test_a_retry_keeps_the_end_date_and_is_refused_once_it_has_passed(client, standin, fields):
    seats, standin.world.seats = standin.world.seats, 0
    client.post("/invite/", fields(ends_on=day(1).isoformat()))
    made = Invitation.objects.get()
    assert made.state == "refused"
    Invitation.objects.update(ends_on=day(-1))
    response = client.post(f"/invitations/{made.id}/retry/")
    assert "This day has passed." in text(response)
    standin.world.seats = seats
    Invitation.objects.update(ends_on=day(1))
    client.post(f"/invitations/{made.id}/retry/")
    assert Guest.objects.get().ends_on == day(1)
    last = Event.objects.filter(type="invitation-requested").order_by("-sequence")[0]
    assert last.details == {"attempt": 2, "policy": 0, "ends_on": day(1).isoformat()}
