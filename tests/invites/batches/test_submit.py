"""A checked list becomes a batch, or the page says why nothing was sent."""

from uuid import uuid4

import pytest
from django.http import QueryDict

from invites.batches.form import InviteManyForm
from invites.batches.lines import Line, write
from invites.batches.page import checked_page
from invites.batches.submit import CHANGED, NONE_READY, NotSubmitted, earlier_batch, form_key, submit
from invites.models import Batch, Invitation
from tests.invites.conftest import actor
from tests.invites.factories import invitation, policy

pytestmark = pytest.mark.django_db
KEY = uuid4()


def form(previewed="", *, skip=(), **lines):
    guests = [Line(number, email) for number, email in enumerate(lines.values(), 2)]
    data = QueryDict(mutable=True)
    data.update({"checked": write(guests), "task": "WEB-12", "role": "guest", "key": str(KEY)})
    data.setlist("skip", [str(one) for one in skip])
    data["previewed"] = previewed
    made = InviteManyForm(data)
    assert made.is_valid()
    return made


@pytest.fixture
def page(ada):
    """The page of a list with the fingerprint of what it shows."""

    def make(skip=(), **lines):
        shown = checked_page(form(skip=skip, **lines), ada, by=actor(ada))
        made = form(shown.check.fingerprint, skip=skip, **lines)
        return checked_page(made, ada, by=actor(ada), is_submitted=True)

    return make


def refusal(page, user):
    with pytest.raises(NotSubmitted) as problem:
        submit(page, user, by=actor(user))
    assert not Batch.objects.exists()
    return problem.value.message


def test_who_is_ready_becomes_a_batch_with_their_lines(page, ada):
    batch = submit(page(a="a@x.example", b="b@", c="c@x.example"), ada, by=actor(ada))
    assert [(one.line, one.email) for one in batch.invitations.order_by("line")] == [
        (2, "a@x.example"),
        (4, "c@x.example"),
    ]
    assert earlier_batch(form(a="a@x.example", b="b@", c="c@x.example"), ada) == batch


def test_nobody_ready_is_no_batch(page, ada):
    assert refusal(page(a="a@"), ada) == NONE_READY


def test_what_was_not_shown_is_no_batch(ada):
    assert refusal(checked_page(form("x", a="a@x.example"), ada, by=actor(ada)), ada) == CHANGED


def test_awork_that_is_away_is_the_reason(ada, standin):
    standin.fault("GET", "/tasks", "cut_before", None)
    shown = checked_page(form(a="a@x.example"), ada, by=actor(ada))
    assert refusal(shown, ada) == shown.check.error.text


def test_another_policy_meanwhile_is_no_batch(page, ada):
    shown = page(a="a@x.example")
    policy(ada, per_hour=5)
    assert refusal(shown, ada) == CHANGED


def test_another_invitation_meanwhile_is_no_batch(page, ada):
    shown = page(a="a@x.example", b="b@x.example")
    invitation(ada, task_id=shown.check.task.id, email="b@x.example")
    assert "already" in str(refusal(shown, ada))
    assert Invitation.objects.count() == 1


def test_a_changed_form_has_another_key():
    keys = {
        form_key(one)
        for one in (form(a="a@x.example"), form(a="b@x.example"), form(a="a@x.example", skip=[1]))
    }
    assert len(keys) == 3
    assert form_key(form(a="a@x.example")) == form_key(form("x", a="a@x.example"))
