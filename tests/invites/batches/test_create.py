"""Saving a batch: everything or nothing, once for each form."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, connection

from invites.audit.models import Event
from invites.batches.create import create_batch
from invites.models import Batch, Invitation
from invites.policy.recheck import AlreadyInvited, QuotaReached, StaleForm
from portal.awork.schemas import Role, Task
from tests.invites import factories
from tests.invites.conftest import actor
from tests.threads import at_once

pytestmark = pytest.mark.django_db
TASK = Task(uuid4(), "WEB-12", "Write copy")
GUEST = Role(uuid4(), "Guest", is_guest=True)


@pytest.fixture
def inviter():
    return factories.person()


def new(inviter, *emails, key=None, version=0):
    invitations = [factories.new_invitation(inviter, TASK, GUEST, email=email) for email in emails]
    batch = Batch(
        form_key=key or uuid4(), workspace=inviter.workspace, inviter=inviter, policy_version=version
    )
    return create_batch(batch, invitations, by=actor(inviter))


def test_the_lines_are_queued_with_their_events(inviter):
    batch, is_new = new(inviter, "a@x.example", "Ä@x.example")
    assert is_new
    lines = Invitation.objects.order_by("line")
    assert [(line.batch_id, line.line, line.state) for line in lines] == [
        (batch.pk, 1, "queued"),
        (batch.pk, 2, "queued"),
    ]
    assert [line.is_first_line for line in lines] == [True, False]
    assert lines[1].email_key == "ä@x.example"
    assert "write copy" in lines[0].search_text
    assert [event.type for event in Event.objects.order_by("sequence")] == [
        "batch-started",
        "invitation-requested",
        "invitation-requested",
    ]
    assert Event.objects.order_by("sequence")[1].details["batch"] == str(batch.pk)


def test_the_first_line_stands_for_the_batch_whatever_its_number(inviter):
    found = [factories.new_invitation(inviter, TASK, GUEST, email=f"{n}@x.example", line=n) for n in (2, 5)]
    create_batch(
        Batch(form_key=uuid4(), workspace=inviter.workspace, inviter=inviter), found, by=actor(inviter)
    )
    lines = Invitation.objects.order_by("line").values_list("line", "is_first_line")
    assert list(lines) == [(2, True), (5, False)]


def test_the_same_form_makes_one_batch(inviter):
    key = uuid4()
    first, _ = new(inviter, "a@x.example", key=key)
    again, is_new = new(inviter, "a@x.example", key=key)
    assert (again, is_new) == (first, False)
    with pytest.raises(StaleForm):
        new(factories.person("Otto Other"), "b@x.example", key=key)


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_eight_times_at_once_makes_one_batch(inviter):
    key = uuid4()
    made = at_once(8, lambda number: new(inviter, "a@x.example", "b@x.example", key=key))
    assert [is_new for _, is_new in made].count(True) == 1
    assert Invitation.objects.count() == 2


def test_one_guest_who_is_invited_already_keeps_the_whole_batch_from_being_saved(inviter):
    factories.invitation(inviter, task_id=TASK.id, email="b@x.example")
    with pytest.raises(AlreadyInvited):
        new(inviter, "a@x.example", "b@x.example")
    assert not Batch.objects.exists()
    assert Invitation.objects.count() == 1
    assert not Event.objects.exists()


def test_a_constraint_of_another_version_is_no_form_out_of_date(inviter):
    with connection.cursor() as cursor:
        cursor.execute("CREATE UNIQUE INDEX one_guest_later ON invites_invitation (role_id)")
    with pytest.raises(IntegrityError):
        new(inviter, "a@x.example", "b@x.example")


def test_the_quota_counts_the_whole_batch(inviter):
    factories.policy(inviter, per_hour=2)
    with pytest.raises(QuotaReached):
        new(inviter, "a@x.example", "b@x.example", "c@x.example", version=1)
    assert new(inviter, "a@x.example", "b@x.example", version=1)[1]
    with pytest.raises(QuotaReached):
        new(inviter, "c@x.example", version=1)


def test_a_batch_checked_under_another_policy_is_not_saved(inviter):
    factories.policy(inviter, per_hour=100)
    with pytest.raises(StaleForm):
        new(inviter, "a@x.example", version=0)


def test_statements_grow_with_the_lines_only(inviter, django_assert_max_num_queries):
    with django_assert_max_num_queries(12 + 12 * 50):
        new(inviter, *(f"guest{number}@x.example" for number in range(50)))
