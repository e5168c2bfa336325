"""May this person invite this address as this role on this task: one function, asked at every door."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from invites.audit.types import Rule
from invites.models import Invitation
from invites.pickers import roles, tasks
from portal.awork.shapes import Person, Role, Task
from portal.models import User

AWORK_TASK = "https://app.awork.com/tasks/"


@dataclass(frozen=True)
class Refusal:
    """A rule that says no: its name for the log, the field it stands beside, and a way out."""

    rule: Rule
    field: str
    text: Promise
    link: str = ""
    link_text: Promise | str = ""


@dataclass(frozen=True)
class Facts:
    """What the decision rests on; None or "" where it was not entered or is not known."""

    user: User
    task: Task | None
    role: str  # as it was asked for: an id or a name
    offered: Iterable[Role]
    email: str
    members: Iterable[Person]


def refusals(facts: Facts) -> Iterator[Refusal]:
    """Every reason against it, none where the invitation may go out."""
    if facts.task and facts.task.is_private:
        yield Refusal(Rule.POLICY, "task", tasks.PRIVATE)
    if facts.role and not roles.named(facts.role, facts.offered):
        yield Refusal(Rule.ROLE, "role", _("This role cannot be given here. Choose one of those shown."))
    if facts.task and facts.email:
        yield from _about_address(facts, facts.task)


def _about_address(facts: Facts, task: Task) -> Iterator[Refusal]:
    earlier = Invitation.holding(facts.user.workspace_id, task.id, facts.email).first()
    if earlier:
        yield already_invited(earlier, facts.user)
    elif any(facts.members):
        yield Refusal(
            Rule.MEMBER,
            "email",
            _("This address belongs to a member of the workspace. Members are assigned in awork itself."),
            AWORK_TASK + quote(str(task.id)),
            _("Assign them in awork"),
        )


def already_invited(earlier: Invitation, user: User) -> Refusal:
    """The address holds an invitation to this task; with a link where the person may open it."""
    text = _("This address is already invited to this task.")
    if earlier.inviter_id != user.pk:
        return Refusal(Rule.DUPLICATE, "email", text)
    return Refusal(Rule.DUPLICATE, "email", text, earlier.get_absolute_url(), _("See the invitation"))
