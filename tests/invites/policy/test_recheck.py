"""The last look before an invitation is written down."""

import time
from datetime import timedelta
from threading import Event
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from invites.models import Invitation
from invites.policy.recheck import QuotaReached, StaleForm, recheck_policy
from invites.policy.rules import Rule
from invites.sending.create import create
from portal.accounts import members
from portal.awork.schemas import Role, Task
from portal.roles import DeskRole
from tests.invites.conftest import actor
from tests.invites.factories import invitation, new_invitation, person, policy
from tests.threads import at_once

GUEST = Role(UUID(int=1), "Guest", is_guest=True)


@pytest.fixture
def paula(db):
    return person()


def sent(inviter, state="sent", **ago):
    return invitation(inviter, state=state, task_id=uuid4(), attempted_at=timezone.now() - timedelta(**ago))


def is_over(inviter, version=1):
    try:
        with transaction.atomic():
            recheck_policy(inviter, version)
    except QuotaReached as problem:
        assert problem.denial.rule == Rule.QUOTA
        return True
    return False


def test_without_a_limit_everybody_passes(paula):
    policy(paula)
    for _ in range(9):
        sent(paula, minutes=1)
    assert not is_over(paula)


@pytest.mark.parametrize(("count", "over"), [(1, False), (2, True)])
def test_one_person_may_send_as_many_as_the_limit_says(paula, count, over):
    policy(paula, per_hour=2)
    for _ in range(count):
        sent(paula, minutes=59)
    assert is_over(paula) is over


@pytest.mark.parametrize(("ago", "over"), [({"hours": 23}, True), ({"hours": 25}, False)])
def test_a_day_is_twenty_four_hours(paula, ago, over):
    policy(paula, per_day=1)
    sent(paula, **ago)
    assert is_over(paula) is over


@pytest.mark.parametrize(
    ("state", "counts"),
    [("requested", True), ("sent", True), ("unclear", True), ("refused", False), ("not_sent", False)],
)
def test_what_never_left_does_not_count(paula, state, counts):
    policy(paula, per_hour=1)
    sent(paula, state, minutes=1)
    assert is_over(paula) is counts


def test_what_others_sent_does_not_count(paula):
    policy(paula, per_hour=1)
    sent(person("Mona Mäder"), minutes=1)
    assert not is_over(paula)


def test_administrators_are_limited_too(db):
    ada = person("Ada Ahrens", role="administrator")
    policy(ada, per_hour=1)
    sent(ada, minutes=1)
    assert is_over(ada)


@pytest.mark.parametrize("version", [0, 2])
def test_another_version_than_was_asked_lets_nobody_through(paula, version):
    policy(paula)
    with pytest.raises(StaleForm), transaction.atomic():
        recheck_policy(paula, version)


def entered(inviter, number, **fields):
    task = Task(UUID(int=number), f"WEB-{number}", "Write copy", project_id=UUID(int=7))
    email = f"guest{number}@creative.example"
    return new_invitation(inviter, task, GUEST, email=email, policy_version=1, **fields)


@pytest.mark.django_db(transaction=True)
def test_ten_forms_at_once_do_not_pass_a_limit_of_one():
    paula = person()
    policy(paula, per_hour=1)

    def go(number):
        try:
            create(entered(paula, number), by=actor(paula))
        except QuotaReached:
            return "over"
        return "written"

    assert sorted(at_once(10, go)) == ["over"] * 9 + ["written"]
    assert Invitation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_form_ten_times_at_once_is_one_invitation_and_never_over_its_own_limit():
    paula, key = person(), uuid4()
    policy(paula, per_hour=1)

    answers = at_once(10, lambda _: create(entered(paula, 1, form_key=key), by=actor(paula)))
    assert sorted(is_new for _, is_new in answers) == [False] * 9 + [True]
    assert {found.id for found, _ in answers} == {Invitation.objects.get().id}


@pytest.mark.django_db(transaction=True)
def test_a_change_of_somebodys_role_and_their_invitation_do_not_wait_for_each_other():
    paula, ada = person(), person("Ada Ahrens", role="administrator")
    policy(paula, per_hour=1)
    held = Event()

    def go(number):
        if number:
            held.wait()
            members.change_role(paula, DeskRole.LEAD, by=ada, acting=actor(ada))
            return
        with transaction.atomic():
            recheck_policy(paula, 1)
            held.set()
            time.sleep(0.5)  # the other one holds the workspace by now, and waits for Paula
            sent(paula, minutes=1)

    at_once(2, go)
    paula.refresh_from_db()
    assert (paula.role, Invitation.objects.count()) == ("lead", 1)
