"""Makes the demo's past, by the same services that the pages use, each at the time of its row."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

from django.http import QueryDict

from invites.audit import export, verify
from invites.audit.filters import EventFilter
from invites.comments.post import post_due
from invites.demo import guests, story
from invites.demo.people import People, actor_of, api_client, sign_in_url
from invites.demo.policies import POLICIES
from invites.demo.standin import NO_RATE_LIMITS, RATE_LIMITS, Standin
from invites.demo.story import Row
from invites.demo.troubles import trouble
from invites.models import Invitation, TaskComment
from invites.policy.decision import denials, record_denials
from invites.policy.versions import current_policy, save_version
from invites.sending.assignees import restore_assignees
from invites.sending.create import create
from invites.sending.erase import erase
from invites.sending.reconcile import reconcile
from invites.sending.retry import prepare_retry
from invites.sending.send import send
from portal import clock
from portal.actor import for_system
from portal.awork.schemas import Role, Task
from portal.awork.tokens import client_for
from portal.locks import relaxed_durability

EXAMPLES = {"WEB-12", "WEB-13", "WEB-14", "WEB-15", "CAF-7", "POD-1"}  # left as they are, to be tried out
TASKS = 500  # the most recently changed ones of the stand-in's, which the story is about


def fill(now: datetime, *, is_empty: bool) -> None:
    """Make the past up to `now`: people with their desk roles and, unless `is_empty`, all of the story."""
    standin = Standin()
    standin.set(**NO_RATE_LIMITS)
    with relaxed_durability(), no_log():
        history = History(standin)
        if is_empty:
            history.people.introduce()
        else:
            history.tell(now)
    standin.set_time(None)
    standin.set(**RATE_LIMITS)


@contextmanager
def no_log() -> Iterator[None]:
    """Write none of the several hundred log lines, which are also about what goes wrong on purpose."""
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


class History:
    """Tells the story row by row: each action of `story.tsv` is a method."""

    def __init__(self, standin: Standin) -> None:
        self.standin = standin
        self.people = People(standin)
        awork = api_client()
        self.workspace = awork.me().workspace.id
        self.guest_role: Role = next(role for role in awork.roles() if role.is_guest)
        self.projects = {project.key: project for project in awork.projects()}
        several: dict[UUID | None, bool | None] = {
            project.id: project.allows_several_assignees for project in self.projects.values()
        }
        self.tasks: defaultdict[str, list[Task]] = defaultdict(list)
        for task in awork.available_tasks(top=TASKS):
            if not task.is_done and task.key not in EXAMPLES:
                known = replace(task, allows_several_assignees=several.get(task.project_id))
                self.tasks[task.key.partition("-")[0]].append(known)

    def tell(self, now: datetime) -> None:
        """Do everything in the order of time."""
        rows = story.load(now)
        with clock.starting_at(rows[0][0] - timedelta(hours=1)):
            self.people.introduce()
        actions: dict[str, Callable[[Row], None]] = {
            "sign-in": lambda row: self.people.sign_in(row.by),
            "invite": self.invite,
            "check": self.check,
            "retry": self.retry,
            "reassign": self.reassign,
            "deny": self.deny,
            "policy": self.save_policy,
            "verify": self.verify,
            "export": self.export,
            "erase": self.erase,
            "end date": partial(guests.set_end_date, self.people),
            "end": partial(guests.end_access, self.people),
            "review": partial(guests.start_review, self.people),
            "confirm": partial(guests.confirm, self.people),
        }
        for moment, row in rows:
            self.standin.set_time(moment)
            with clock.starting_at(moment):
                actions[row.action](row)

    def invite(self, row: Row) -> None:
        """Invite a guest; `detail` is what goes wrong, that the assignees are released, or a comment."""
        released, text = row.detail == "released", row.comment
        unsaved = self.unsaved(row, keep_assignees=not released)
        by = actor_of(unsaved.inviter)
        invitation, _ = create(unsaved, by=by, comment=TaskComment(text=text) if text else None)
        with trouble(self.standin, "" if released or text else row.detail):
            send(invitation, client_for(unsaved.inviter), by=by)
        post_due(lambda: True)
        self.accept(invitation)

    def accept(self, invitation: Invitation) -> None:
        """Let two of three guests follow the link in awork's e-mail."""
        if invitation.guest_id and invitation.guest_id.int % 3:
            self.standin.sign_in(sign_in_url("guest"), invitation.guest_id)

    def unsaved(self, row: Row, **fields: object) -> Invitation:
        """The invitation as the form makes it."""
        inviter = self.people.acting(row.by)
        first, _, last = row.guest.partition(" ")
        unsaved = Invitation(
            form_key=uuid4(),
            workspace=inviter.workspace,
            inviter=inviter,
            policy_version=current_policy(inviter.workspace_id).number,
            role_id=self.guest_role.id,
            role_name=self.guest_role.name,
            email=row.email,
            first_name=first,
            last_name=last,
            **fields,
        )
        task = self.task(row.task)
        unsaved.set_task(task)
        unsaved.allows_several_assignees = task.allows_several_assignees
        return unsaved

    def task(self, name: str) -> Task:
        """The task that a row names: its project's key, and its position among the open ones."""
        key, _, position = name.partition(" ")
        return self.tasks[key][(int(position) - 1) % len(self.tasks[key])]

    def latest(self, row: Row) -> Invitation:
        """The guest's latest invitation."""
        return Invitation.objects.filter(email_key=row.email).latest("created_at")

    def check(self, row: Row) -> None:
        """Check an unclear invitation with awork."""
        invitation = self.latest(row)
        reconcile(invitation, by=for_system(self.workspace))
        self.accept(invitation)

    def retry(self, row: Row) -> None:
        """Send an invitation once more that was refused or not sent."""
        invitation, inviter = self.latest(row), self.people.acting(row.by)
        client, by = client_for(inviter), actor_of(inviter)
        policy = current_policy(self.workspace).number
        if prepare_retry(invitation, client.task(invitation.task_id), by=by, policy=policy):
            send(invitation, client, by=by)
            self.accept(invitation)

    def reassign(self, row: Row) -> None:
        """Restore the assignees of a task."""
        inviter = self.people.acting(row.by)
        restore_assignees(self.latest(row), client_for(inviter), by=actor_of(inviter))

    def deny(self, row: Row) -> None:
        """Try to send an invitation that the policy denies."""
        unsaved = self.unsaved(row)
        rules = current_policy(self.workspace).rules
        found = denials(unsaved, role=self.guest_role, rules=rules)
        record_denials(unsaved, found, by=actor_of(unsaved.inviter))

    def save_policy(self, row: Row) -> None:
        """Save the next version of the policy; `detail` says what it changes."""
        saved_by, current = self.people.acting(row.by), current_policy(self.workspace)
        rules = POLICIES[row.detail](current.rules, self.guest_role, self.projects)
        save_version(rules, after=current.number, saved_by=saved_by, by=actor_of(saved_by))

    def verify(self, row: Row) -> None:
        """Verify the audit log."""
        by = actor_of(self.people.acting(row.by))
        verify.record_verification(verify.verify(self.workspace, []), by=by)

    def export(self, row: Row) -> None:
        """Export the audit log."""
        by = actor_of(self.people.acting(row.by))
        export.start(EventFilter(QueryDict(), self.workspace), by=by, form="jsonl")

    def erase(self, row: Row) -> None:
        """Erase a guest; `detail` is the reason."""
        by = actor_of(self.people.acting(row.by))
        erase(row.email, workspaces=[self.workspace], by=by, reason=row.detail)
