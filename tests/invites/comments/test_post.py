"""Comments on tasks: once for each invitation, after it was sent, and never at its expense."""

import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from invites.audit.models import Event
from invites.comments import post
from invites.models import Invitation, TaskComment
from invites.sending import erase, locks
from invites.sending import send as sending
from invites.sending.create import create
from invites.sending.reconcile import reconcile
from portal.actor import for_system
from portal.awork import http
from portal.awork.tokens import client_for, delete
from portal.models import User
from tests.invites.conftest import actor, later
from tests.threads import at_once

pytestmark = pytest.mark.django_db
TEXT = "Carla helps us with the copy."
LONG_AGO = timedelta(minutes=10)


def always():
    return True


@pytest.fixture
def invite(paula, new_invitation):
    """Invite with a comment, as the page does."""

    def go(text=TEXT, is_hidden=False, **fields):
        comment = TaskComment(text=text, is_hidden=is_hidden)
        invitation, _ = create(new_invitation(**fields), by=actor(paula), comment=comment)
        sending.send(invitation, client_for(paula), by=actor(paula))
        return TaskComment.objects.get(invitation=invitation)

    return go


def run(comment=None, passed=timedelta(0)):
    """The duty, after some time; returns how many it handled."""
    ago = timezone.now() - timedelta(seconds=1)
    TaskComment.objects.exclude(next_check_at=None).update(next_check_at=ago)
    for one in TaskComment.objects.exclude(attempted_at=None):
        expires = one.lease_expires_at and one.lease_expires_at - passed
        values = {"attempted_at": one.attempted_at - passed, "lease_expires_at": expires}
        TaskComment.objects.filter(pk=one.pk).update(**values)
    handled = post.post_due(always)
    if comment:
        comment.refresh_from_db()
    return handled


def on_task(standin):
    return [(one.message, one.is_hidden) for one in standin.world.comments]


def events():
    found = Event.objects.filter(type__startswith="comment-").order_by("sequence")
    return [(one.type, one.outcome) for one in found]


def test_it_is_posted_once_the_invitation_was_sent(standin, invite, paula):
    comment = invite(is_hidden=True)
    assert (comment.state, on_task(standin)) == ("queued", [])
    assert run(comment) == 1
    (made,) = standin.world.comments
    assert (comment.state, comment.awork_id) == ("sent", made.id)
    assert (made.message, made.is_hidden, made.by) == (TEXT, True, paula.awork_id)
    assert events() == [("comment-requested", ""), ("comment-posted", "sent")]
    posted = Event.objects.get(type="comment-posted")
    assert (posted.actor_id, posted.exchange["path"]) == (
        paula.awork_id,
        f"/tasks/{comment.invitation.task_id}/comments",
    )
    assert TEXT not in str(list(Event.objects.values()))
    assert run() == 0


def test_it_waits_for_an_unclear_invitation_and_is_posted_once_that_is_settled(standin, invite):
    standin.fault("POST", "/tasks/assignuserbyemail", "cut_after")
    comment = invite()
    assert comment.invitation.state == "unclear"
    assert run() == 0
    later(comment.invitation, minutes=10)
    reconcile(comment.invitation, by=for_system(comment.invitation.workspace_id))
    assert Invitation.objects.get().state == "sent"
    assert run(comment) == 1
    assert on_task(standin) == [(TEXT, False)]


def test_without_an_invitation_there_is_no_comment(standin, invite):
    standin.world.seats = 0
    comment = invite()
    assert comment.invitation.state == "refused"
    assert (run(), on_task(standin)) == (0, [])


@pytest.mark.parametrize(
    ("fault", "options", "state"),
    [
        ("status", {"status": 400, "body": {"code": "validation-failed", "description": "No."}}, "refused"),
        ("status", {"status": 404, "body": {"code": "not-found", "description": "No."}}, "refused"),
        ("status", {"status": 500}, "unclear"),
        ("garbage", {}, "unclear"),
        ("cut_before", {}, "unclear"),
        ("cut_after", {}, "unclear"),
    ],
)
def test_whatever_becomes_of_it_the_invitation_stays_sent(standin, invite, fault, options, state):
    comment = invite()
    before = Invitation.objects.values().get()
    standin.fault("POST", "/comments", fault, **options)
    assert run(comment) == 1
    assert comment.state == state
    assert Invitation.objects.values().get() == before


@pytest.mark.parametrize("fault", ["cut_after", "garbage", "truncated", "empty"])
def test_an_unclear_one_is_found_on_the_task_and_not_posted_again(standin, invite, fault):
    comment = invite()
    standin.fault("POST", "/comments", fault)
    run(comment)
    assert comment.state == "unclear"
    run(comment)
    assert (comment.state, on_task(standin)) == ("sent", [(TEXT, False)])
    assert comment.awork_id == standin.world.comments[0].id
    assert events()[-2:] == [("comment-unclear", "unclear"), ("comment-posted", "sent")]


def test_an_unclear_one_that_is_not_there_was_not_posted_and_is_not_posted_again(standin, invite):
    comment = invite()
    standin.fault("POST", "/comments", "cut_before")
    run(comment)
    run(comment)
    assert comment.state == "unclear"  # awork may still work on it
    run(comment, passed=LONG_AGO)
    assert (comment.state, run(passed=LONG_AGO), on_task(standin)) == ("not_sent", 0, [])
    assert standin.count("POST", "/comments") == 1
    assert events()[-1] == ("comment-not-posted", "not_sent")


def test_what_cannot_be_looked_for_stays_unclear_and_is_looked_for_less_and_less(standin, invite):
    comment = invite()
    standin.fault("POST", "/comments", "cut_after")
    standin.fault("GET", "/comments", "status", None, status=500)
    for _ in range(30):
        run(comment, passed=LONG_AGO)
    assert (comment.state, comment.next_check_at) == ("unclear", None)
    assert len(events()) == 2


def test_the_same_comment_of_another_invitation_or_person_proves_nothing(standin, invite, paula):
    world = standin.world
    run(invite())
    task = world.task("WEB-12").id
    world.add_comment(world.person("ada"), task, TEXT, is_hidden=False)
    comment = invite(email="ben@creative.example", first_name="Ben")
    standin.fault("POST", "/comments", "cut_before")
    run(comment)
    run(comment, passed=LONG_AGO)
    assert comment.state == "not_sent"


def test_an_older_comment_with_the_same_text_proves_nothing(standin, invite):
    world = standin.world
    world.set_time(timezone.now() - timedelta(hours=1))
    world.add_comment(world.person("paula"), world.task("WEB-12").id, TEXT, is_hidden=False)
    world.set_time(None)
    comment = invite()
    standin.fault("POST", "/comments", "cut_before")
    run(comment)
    run(comment, passed=timedelta(minutes=6))
    assert comment.state == "not_sent"


@pytest.mark.parametrize("kind", ["rate_limited", "signed out"])
def test_it_is_tried_again_while_awork_was_not_asked(standin, invite, paula, sign_in, client, kind):
    comment = invite()
    if kind == "signed out":
        delete(paula)
    else:
        standin.fault("POST", "/comments", kind, None, reset=600)
    run(comment)
    assert (comment.state, comment.attempts, len(events())) == ("queued", 1, 1)
    standin.faults.reset()
    http.rate_limiter.reset()
    sign_in(client, "paula")
    run(comment)
    assert (comment.state, on_task(standin)) == ("sent", [(TEXT, False)])


def test_it_is_given_up_after_an_hour(standin, invite, paula):
    comment = invite()
    delete(paula)
    for _ in range(10):
        run(comment)
    assert (comment.state, comment.attempts, comment.reason) == ("not_sent", 5, "sign-in-expired")
    assert events()[-1] == ("comment-not-posted", "not_sent")


def test_who_may_no_longer_invite_posts_nothing(standin, invite, paula):
    comment = invite()
    User.objects.filter(pk=paula.pk).update(role="auditor")
    run(comment)
    assert (comment.state, comment.reason, on_task(standin)) == ("not_sent", "inviter-right", [])


def test_a_killed_worker_leaves_no_second_comment(standin, invite, paula):
    comment = invite()
    standin.world.add_comment(
        standin.world.person("paula"), comment.invitation.task_id, TEXT, is_hidden=False
    )
    being_posted(comment)
    assert run() == 0  # its lease is held
    run(comment, passed=LONG_AGO)
    assert (comment.state, len(on_task(standin))) == ("sent", 1)


def being_posted(comment):
    """As a process leaves it that awaits awork's answer."""
    now = timezone.now()
    lease = {"lease_holder": uuid4(), "lease_expires_at": now + timedelta(seconds=150)}
    same = TaskComment.objects.filter(pk=comment.pk)
    same.update(state="requested", attempts=1, attempted_at=now, next_check_at=None, **lease)


@pytest.mark.django_db(transaction=True)
def test_that_awork_is_asked_is_saved_before(standin, invite):
    invite()
    standin.fault("POST", "/comments", "delay_after", seconds=30)

    def work(number):
        if number:
            post.post_due(always)
            return
        ends_at = time.monotonic() + 20
        while not standin.world.comments and time.monotonic() < ends_at:
            time.sleep(0.01)
        states.append(TaskComment.objects.get().state)
        standin.faults.reset()

    states = []
    at_once(2, work)
    assert states == ["requested"]
    assert TaskComment.objects.get().state == "sent"


@pytest.mark.django_db(transaction=True)
def test_several_workers_post_it_once(standin, invite):
    invite()
    at_once(4, lambda number: post.post_due(always))
    assert len(on_task(standin)) == 1
    assert [type for type, _ in events()] == ["comment-requested", "comment-posted"]


def test_one_that_fails_keeps_no_other_waiting(standin, invite):
    first, second = invite(), invite(email="ben@creative.example", first_name="Ben")

    def fail_for_first(execute, sql, params, many, context):
        if sql.startswith("SELECT") and first.pk.hex in str(params).replace("-", ""):
            raise ZeroDivisionError
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail_for_first), pytest.raises(ZeroDivisionError):
        post.post_due(always)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("queued", "sent")


def forget(paula, email="carla@creative.example"):
    return erase.erase(email, workspaces=[paula.workspace_id], by=actor(paula), reason="asked")


def test_erasing_the_guest_deletes_the_text_and_posts_nothing_more(standin, invite, paula):
    comment = invite()
    forget(paula)
    comment.refresh_from_db()
    assert (comment.text, comment.state, run(), on_task(standin)) == ("", "not_sent", 0, [])


def test_erasing_the_guest_leaves_the_comment_in_awork(standin, invite, paula):
    comment = invite()
    run()
    forget(paula)
    comment.refresh_from_db()
    assert (comment.text, comment.state, on_task(standin)) == ("", "sent", [(TEXT, False)])


def test_a_guest_is_not_erased_while_awork_is_asked(standin, invite, paula):
    comment = invite()
    being_posted(comment)
    with pytest.raises(erase.InvitationInProgress):
        forget(paula)
    TaskComment.objects.update(lease_expires_at=timezone.now() - LONG_AGO)  # the process died
    forget(paula)
    comment.refresh_from_db()
    assert (comment.text, comment.state, run()) == ("", "unclear", 0)


def test_a_guest_erased_during_a_look_is_named_nowhere(standin, invite, paula):
    comment = invite()
    standin.fault("POST", "/comments", "cut_after")
    run(comment)
    assert locks.take_lease(comment)
    forget(paula)
    with pytest.raises(locks.LeaseLost):
        post._look(comment)
    comment.refresh_from_db()
    assert (comment.text, comment.state) == ("", "unclear")
    assert events()[-1] == ("comment-unclear", "unclear")
