from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from invites.models import Guest, GuestState
from tests.invites.factories import NOON, guest, invitation, person

pytestmark = pytest.mark.django_db
DAY = date(2026, 12, 31)


def add(*invitations):
    for one in invitations:
        with transaction.atomic():
            Guest.add(one)


def test_a_guest_is_added_with_the_inviter_as_sponsor():
    paula = person()
    sent = invitation(paula, attempted_at=NOON)
    add(sent)
    found = Guest.objects.get()
    assert (found.name, found.email, found.sponsor, found.invitation) == (
        "Carla Creative",
        "carla@creative.example",
        paula,
        sent,
    )
    assert (found.state, found.invited_at) == ("unchecked", NOON)


def test_another_invitation_of_the_same_address_is_of_the_same_guest():
    paula, mara = person(), person("Mara Manager")
    second = invitation(mara, email="CARLA@creative.example", first_name="", task_key="WEB-13")
    add(invitation(paula), second)
    found = Guest.objects.get()
    assert (found.invitation, found.sponsor, found.first_name) == (second, paula, "Carla")


def test_whoever_comes_back_has_another_account():
    paula = person()
    old = guest(paula, state="gone", awork_id=paula.awork_id)
    again = invitation(paula, attempted_at=NOON + timedelta(days=9))
    add(again)
    old.refresh_from_db()
    assert (old.awork_id, old.invited_at, old.state) == (None, NOON + timedelta(days=9), "gone")


def test_an_erased_guest_is_not_added():
    add(invitation(person(), email="", email_key="erased-1"))
    assert not Guest.objects.exists()


def test_guests_of_an_earlier_release_are_added_once():
    paula = person()
    older = invitation(paula, created_at=NOON - timedelta(days=1))
    newer = invitation(paula)
    for state in ("refused", "unclear", "queued"):
        invitation(paula, email=f"{state}@creative.example", state=state)
    invitation(paula, email="", email_key="erased-1")
    assert Guest.add_missing() == 1
    assert Guest.objects.get().invitation in {older, newer}
    assert (
        Guest.objects.get().search_text == " carla creative carla creative example web 12 write copy website "
    )
    assert Guest.add_missing() == 0


def test_managers_see_whom_they_invited_or_sponsor_and_leads_everybody():
    paula, mara, mona = person(), person("Mara Manager"), person("Mona Miller", role="lead")
    by_paula = guest(paula)
    by_both = guest(paula, of=invitation(paula, email="ben@creative.example"))
    invitation(mara, email="ben@creative.example")
    invitation(mara, email="carla@creative.example", state="refused")
    handed_over = guest(mara, of=invitation(paula, email="cleo@creative.example"))
    elsewhere = guest(person("Otto Other", workspace="Other"))
    assert set(Guest.visible_to(paula)) == {by_paula, by_both, handed_over}
    assert set(Guest.visible_to(mara)) == {by_both, handed_over}
    assert set(Guest.visible_to(mona)) == {by_paula, by_both, handed_over}
    assert elsewhere not in Guest.visible_to(mona)


def test_the_days_are_counted_from_the_invitation():
    with time_machine.travel(NOON + timedelta(days=8, hours=1), tick=False):
        assert guest(person()).pending_for.days == 8


def test_every_state_has_a_label():
    assert all(state.label for state in GuestState)


def test_the_list_is_read_from_an_index():
    mona = person("Mona Miller", role="lead")
    guest(mona)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        list(Guest.visible_to(mona).order_by("-invited_at", "-id")[:30])
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {queries[0]['sql']}")
            assert "invites_guest_newest" in str(cursor.fetchall())


def test_a_managers_invitations_are_read_once_and_not_for_each_guest():
    plan = Guest.visible_to(person()).explain()
    if connection.vendor == "sqlite":
        assert "LIST SUBQUERY" in plan
        assert "CORRELATED" not in plan
    else:
        assert "hashed SubPlan" in plan


@pytest.mark.parametrize(
    ("state", "before", "invited_until", "after"),
    [
        ("joined", None, DAY, DAY),
        ("joined", DAY, DAY + timedelta(1), DAY + timedelta(1)),
        ("joined", DAY, DAY - timedelta(1), DAY),
        ("joined", DAY, None, DAY),
        ("ended", DAY, DAY - timedelta(1), DAY - timedelta(1)),
        ("gone", DAY, None, None),
        ("joined", date(2020, 1, 1), None, None),
    ],
    ids=str,
)
def test_another_invitation_prolongs_access_and_begins_anew_for_who_had_left(
    state, before, invited_until, after
):
    paula = person()
    guest(paula, state=state, ends_on=before, warned_days=3)
    add(invitation(paula, task_id=uuid4(), attempted_at=NOON, ends_on=invited_until))
    stored = Guest.objects.get()
    assert stored.ends_on == after
    assert stored.warned_days == (3 if before == after else None)
