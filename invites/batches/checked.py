"""What a check found out about a list of guests, before anybody is invited."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from django.utils.crypto import salted_hmac
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from invites.batches.licences import Licences, licences
from invites.batches.lines import Line
from invites.draft import FieldMessage
from invites.lookup.awork import Sight
from invites.messages import Message
from invites.models import Invitation
from invites.policy.describe import Denial
from invites.policy.rules import Policy
from invites.preview import Preview
from portal.awork.schemas import Role, Task

ONE_MAY_STAY = _(
    "We can't see whether this task can have several assignees. If it can't, only one of these guests "
    "stays assigned."
)


class Verdict(StrEnum):
    """What a check says about one line."""

    READY = "ready"
    DUPLICATE = "duplicate"  # an earlier line has this address and task
    INVITED = "invited"  # the address is already invited to the task
    MEMBER = "member"  # someone in the workspace has the address
    DENIED = "denied"  # by a rule
    MALFORMED = "malformed"
    UNKNOWN = "unknown"  # not checked, as awork could not be asked


@dataclass
class CheckedLine:
    """A line and its verdict. `messages` are by their field, `WHOLE_FORM` for the whole line.

    The `invitation` is unsaved, and complete if the line is ready; None where the line could not be checked.
    """

    line: Line
    verdict: Verdict = Verdict.UNKNOWN
    messages: dict[str, list[FieldMessage | Denial]] = field(default_factory=dict)
    invitation: Invitation | None = None
    task: Task | None = None
    role: Role | None = None

    @property
    def is_ready(self) -> bool:
        """Whether it can be sent."""
        return self.verdict is Verdict.READY

    @property
    def denials(self) -> list[Denial]:
        """The rules against it."""
        every = [one for messages in self.messages.values() for one in messages]
        return [one for one in every if isinstance(one, Denial)]

    @property
    def preview(self) -> Preview:
        """What will happen when it is sent."""
        guest = self.invitation or Invitation()
        fields = (guest.email, guest.first_name, guest.last_name, guest.gender)
        return Preview(*fields, role=self.role, task=self.task, ends_on=guest.ends_on)


@dataclass(frozen=True)
class TaskSummary:
    """A task and how many guests the ready lines assign to it."""

    task: Task
    guests: int

    @property
    def preview(self) -> Preview:
        """What will happen to the task's assignees."""
        return Preview(task=self.task)

    @property
    def note(self) -> Promise | str:
        """What can't be seen about the guests themselves, if anything."""
        is_unknown = self.task.allows_several_assignees is None
        return ONE_MAY_STAY if is_unknown and self.guests > 1 else ""


@dataclass
class Check:
    """All lines in their order, and what sending the ready ones comes to.

    `task` and `role` are the page's own, `roles` those that the user may assign. `quota` is the limit that is
    reached before all lines are sent. `pending` are the licences of those who were invited to the workspace
    and haven't joined yet, as far as `sight` goes; None if nobody can be seen. `error` says why awork could
    not be asked; then no line is ready.
    """

    lines: list[CheckedLine]
    policy: Policy = field(default_factory=Policy)
    roles: list[Role] = field(default_factory=list)
    task: Task | None = None
    role: Role | None = None
    sight: Sight = Sight.ONESELF
    pending: Licences | None = None
    quota: Denial | None = None
    error: Message | None = None

    @property
    def ready(self) -> list[CheckedLine]:
        """The lines that can be sent."""
        return [one for one in self.lines if one.is_ready]

    @property
    def invitations(self) -> list[Invitation]:
        """The unsaved invitations of the ready lines."""
        return [one.invitation for one in self.ready if one.invitation]

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many lines have each verdict."""
        counted = Counter(one.verdict for one in self.lines)
        return {verdict: counted[verdict] for verdict in Verdict}

    @property
    def licences(self) -> Licences:
        """The licences that the ready lines take; somebody who is invited to several tasks takes one."""
        is_guest: dict[str, bool] = {}
        for one in self.ready:
            if one.invitation and one.role:
                key = one.invitation.email_key
                is_guest[key] = one.role.is_guest and is_guest.get(key, True)
        return licences(is_guest.values())

    @property
    def ends(self) -> dict[str, date]:
        """The last day of access that the policy proposes for the ready lines' roles, by their names."""
        proposed = [one.invitation for one in self.ready if one.invitation and not one.line.ends_on]
        roles = {one.role_name: one.ends_on for one in proposed}
        return {name: ends_on for name, ends_on in sorted(roles.items()) if ends_on}

    @property
    def tasks(self) -> list[TaskSummary]:
        """The tasks of the ready lines, in the order of their first lines."""
        tasks: dict[UUID, Task] = {}
        counted: Counter[UUID] = Counter()
        for one in self.ready:
            if one.task:
                tasks.setdefault(one.task.id, one.task)
                counted[one.task.id] += 1
        return [TaskSummary(task, counted[task.id]) for task in tasks.values()]

    @property
    def fingerprint(self) -> str:
        """Equal for two checks if the same invitations would be sent; the form sends it along."""
        promised = sorted(one.preview.fingerprint for one in self.ready)
        return salted_hmac("invites.batches.check", repr(promised), algorithm="sha256").hexdigest()[:32]
