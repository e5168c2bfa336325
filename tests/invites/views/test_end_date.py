"""`/guests/<id>/end-date/`: the form for a guest's last day of access."""

from datetime import date
from html import unescape

import pytest
import time_machine

from invites.audit.models import Event
from invites.models import Guest, MailState, WarningMail
from invites.policy.rules import AtEnd, EndTerm
from portal.models import AworkToken
from tests.invites.factories import NOON, guest, invitation, person, policy

pytestmark = pytest.mark.django_db
DAY = date(2026, 12, 31)


@pytest.fixture
def paula(client):
    user = person()
    client.force_login(user)
    return user


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def carla(paula):
    return guest(paula, checked_at=NOON)


def save(client, guest, day, shown="", **options):
    fields = {"ends_on": day, "shown": shown}
    return client.post(f"/guests/{guest.id}/end-date/", fields, **options)


def text(response):
    return " ".join(response.content.decode().split())


def test_the_sponsor_sets_moves_and_removes_it(client, carla):
    page = text(client.get(f"/guests/{carla.id}/"))
    assert "No end date" in page
    assert "The day ends at midnight (UTC)." in page
    page = text(save(client, carla, "2026-12-31", follow=True))
    assert "The last day of access of Carla Creative is 31 Dec 2026." in page
    assert "<dt>Ends on</dt> <dd> 31 Dec 2026 </dd>" in page
    assert "Paula Planer set the end date of Carla Creative to 31 Dec 2026." in page
    page = text(save(client, carla, "", "2026-12-31", follow=True))
    assert "Carla Creative has no end date now." in page
    assert Guest.objects.get().ends_on is None


@pytest.mark.parametrize(
    ("stored", "problem"),
    [
        (DAY, "Someone else has set the end date to 31 Dec 2026 since."),
        (None, "Someone else has removed the end date since."),
    ],
)
def test_what_someone_else_has_changed_since_is_shown_first(client, carla, stored, problem):
    Guest.objects.update(ends_on=stored)
    response = save(client, carla, "2027-01-15", "2026-12-01")
    assert response.status_code == 422
    assert problem in text(response)
    assert Guest.objects.get().ends_on == stored
    assert 'value="2027-01-15"' in text(response)
    shown = stored.isoformat() if stored else ""
    assert f'name="shown" value="{shown}"' in text(response) or not shown
    assert save(client, carla, "2027-01-15", shown).status_code == 302


@pytest.mark.parametrize("day", ["2026-11-19", "2037-01-01", "9999-12-31", "31.12.2026", "x" * 9000, "\x00"])
def test_what_is_no_day_to_come_is_refused(client, carla, day):
    response = save(client, carla, day)
    assert response.status_code == 422
    assert Guest.objects.get().ends_on is None
    assert not Event.objects.filter(type="guest-end-date-set").exists()


def test_who_invited_but_is_not_the_sponsor_is_refused(client, paula):
    mara = person("Mara Manager")
    theirs = guest(mara, of=invitation(paula), checked_at=NOON)
    assert "Save the end date" not in text(client.get(f"/guests/{theirs.id}/"))
    assert save(client, theirs, "2026-12-31").status_code == 403
    assert Guest.objects.get().ends_on is None
    assert Event.objects.get(type="attempt-refused").details["right"] == "manage-guests"


def test_a_guest_of_another_workspace_is_not_found(client, paula):
    other = guest(person("Otto Other", workspace="Other"))
    assert save(client, other, "2026-12-31").status_code == 404


def page_of(client, guest):
    return text(client.get(f"/guests/{guest.id}/"))


def test_the_page_says_what_will_happen_and_has_happened(client, paula, carla):
    ada = person("Ada Ahrens", role="administrator")
    Guest.objects.update(ends_on=DAY)
    assert "When the day has passed, the sponsor is asked." in page_of(client, carla)
    policy(ada, at_end=AtEnd.TASK)
    Guest.objects.update(warned_at=NOON)
    said = page_of(client, carla)
    assert "When the day has passed, the desk takes the guest off their tasks." in said
    assert "Sponsor and leads were warned on 20 Nov 2026." in said
    assert "For that, Ada Ahrens has to sign in again" in said
    token = AworkToken.objects.create(user=ada, access="", expires_at=NOON)
    assert "has to sign in again" not in page_of(client, carla)
    token.delete()
    Guest.objects.update(ends_on=date(2026, 11, 19), end_state="asked")
    assert "The day has passed. Set a later day, or end the access." in page_of(client, carla)
    Guest.objects.update(end_state="waiting")
    assert "the desk can't end the access: Ada Ahrens has to sign in again" in unescape(
        page_of(client, carla)
    )
    Guest.objects.update(end_state="started")
    assert "The day has passed, and the access has ended or is being ended" in page_of(client, carla)
    Guest.objects.update(state="ended")
    assert "The day has passed" not in page_of(client, carla)


def test_the_policys_longest_time_holds_for_changes_too(client, paula, carla):
    policy(paula, end_terms=(EndTerm(carla.invitation.role_id, "Guest", None, 10),))
    assert "The last day of access can be 30 Nov 2026 at the latest." in text(
        save(client, carla, "2026-12-01")
    )
    assert save(client, carla, "2026-11-30").status_code == 302
    response = save(client, carla, "", "2026-11-30")
    assert "Guests in this role need an end date: 30 Nov 2026 at the latest." in text(response)


def test_the_page_says_whether_e_mails_were_sent(client, paula, carla, settings):
    Guest.objects.update(ends_on=DAY)
    assert "No e-mail is sent: this desk has no mail server." in page_of(client, carla)
    settings.EMAIL_FROM = "desk@studio.example"
    WarningMail.objects.create(
        guest=carla, recipient=paula, ends_on=DAY, changed_at=NOON, state=MailState.UNCLEAR
    )
    said = unescape(page_of(client, carla))
    assert "E-mail to Paula Planer: unclear: it may have been sent, and isn't sent again." in said
    assert "No e-mail is sent" not in said
