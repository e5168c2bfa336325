"""What `/invite/many/` shows: the roles, and each guest of a list with what its check found."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import uuid4

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from invites.batches.check import check
from invites.batches.checked import Check, CheckedLine, Verdict
from invites.batches.form import InviteManyForm
from invites.batches.lines import Line, write
from invites.draft import FieldMessage
from invites.forms import GENDERS
from invites.lookup import roles, tasks
from invites.policy import decision
from invites.policy.describe import Denial
from invites.policy.rules import Policy
from invites.policy.versions import current_policy
from portal.actor import Actor
from portal.awork.errors import AworkError, SignInExpired
from portal.awork.schemas import Role
from portal.models import User

MAX_EDITABLE = 50
MAX_NAMED = 20  # lines that the panel lists by number
VERDICTS = {
    Verdict.READY: _("Ready"),
    Verdict.DUPLICATE: _("Duplicate"),
    Verdict.INVITED: _("Already invited"),
    Verdict.MEMBER: _("Already in awork"),
    Verdict.DENIED: _("Not allowed"),
    Verdict.MALFORMED: _("To correct"),
    Verdict.UNKNOWN: _("Not checked"),
}


@dataclass(frozen=True)
class Input:
    """A field to correct a guest in place."""

    name: str
    label: Promise
    value: str
    is_wrong: bool
    choices: Sequence[tuple[str, Any]] = ()


@dataclass(frozen=True)
class Row:
    """A guest of the list: `position` from 1, and what the check found unless it was left out."""

    position: int
    line: Line
    checked: CheckedLine | None = None
    is_editable: bool = False

    @property
    def is_ready(self) -> bool:
        """Whether it will be sent."""
        return bool(self.checked and self.checked.is_ready)

    @property
    def verdict(self) -> Promise:
        """The verdict in words."""
        return VERDICTS[self.checked.verdict] if self.checked else _("Left out")

    @property
    def messages(self) -> list[FieldMessage | Denial]:
        """What speaks against it."""
        return [one for found in self.checked.messages.values() for one in found] if self.checked else []

    @property
    def email(self) -> str:
        """The normalised address, else what was entered."""
        invitation = self.checked.invitation if self.checked else None
        return (invitation.email if invitation else "") or self.line.email

    @property
    def name(self) -> str:
        """The guest's name."""
        invitation = self.checked.invitation if self.checked else None
        guest = invitation or self.line
        return f"{guest.first_name} {guest.last_name}".strip()

    @property
    def inputs(self) -> list[Input]:
        """The fields to correct; task, role, gender and end date only where the list has them."""
        line, optional = self.line, ("gender", "task", "role", "ends_on")
        wrong = self.checked.messages if self.checked else {}
        shown = [name for name in LABELS if name not in optional or getattr(line, name)]
        choices = GENDERS if line.gender in dict(GENDERS) else [(line.gender, line.gender), *GENDERS]
        return [
            Input(name, LABELS[name], getattr(line, name), name in wrong, choices if name == "gender" else ())
            for name in shown
        ]


LABELS = {
    "email": _("E-mail"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "gender": _("Gender"),
    "task": _("Task"),
    "role": _("Role"),
    "ends_on": _("Last day of access"),
}


@dataclass
class Page:
    """The form, the roles to choose from, and the check once there is one."""

    form: InviteManyForm
    policy: Policy
    roles: list[Role]
    check: Check | None = None
    rows: list[Row] = field(default_factory=list)
    note: Promise | str = ""

    @property
    def default_role(self) -> Role | None:
        """The role that is selected at first."""
        return decision.default_role(self.roles, self.policy.rules)

    @property
    def role(self) -> Role | None:
        """The role for guests without one of their own."""
        chosen = self.form["role"].value()
        return roles.find_role(chosen, self.roles) if chosen else self.default_role

    @property
    def messages(self) -> dict[str, list[FieldMessage]]:
        """What is wrong with the page's own task and role."""
        found: dict[str, list[FieldMessage]] = {}
        chosen, task = self.form["role"].value(), (self.form["task"].value() or "").strip()
        if chosen and self.roles and not self.role:
            found["role"] = [FieldMessage(_("Choose one of the roles shown."))]
        if self.check and not self.check.error and not self.check.task:
            if task:
                found["task"] = [FieldMessage(tasks.not_found_message(task))]
            elif not all(row.line.task for row in self.rows):
                found["task"] = [FieldMessage(_("Enter the task for the guests without one of their own."))]
        return found

    @property
    def checked(self) -> str:
        """The whole list, for the form to carry."""
        return write(row.line for row in self.rows)

    @cached_property
    def key(self) -> str:
        """A new one-time key."""
        return str(uuid4())

    @property
    def ready(self) -> list[Row]:
        """The guests who will be invited."""
        return [row for row in self.rows if row.is_ready]

    @property
    def not_ready(self) -> list[Row]:
        """Those who can't be, to correct or to leave out."""
        return [row for row in self.rows if row.checked and not row.is_ready]

    @property
    def skipped(self) -> list[Row]:
        """Those left out."""
        return [row for row in self.rows if not row.checked]

    @property
    def numbers_not_ready(self) -> str:
        """The lines that won't be sent, such as "2, 5, 9"."""
        numbers = [str(row.line.number) for row in self.not_ready]
        return ", ".join([*numbers[:MAX_NAMED], "…"] if len(numbers) > MAX_NAMED else numbers)

    @property
    def max_editable(self) -> int | None:
        """How many can be corrected at once, if that isn't all."""
        correctable = sum(_is_correctable(row.checked) for row in self.not_ready)
        return MAX_EDITABLE if correctable > MAX_EDITABLE else None


def entry_page(form: InviteManyForm, user: User) -> Page:
    """The page to enter a list."""
    policy = current_policy(user.workspace_id)
    return Page(form, policy, _assignable(user, policy))


def checked_page(form: InviteManyForm, user: User, *, by: Actor, is_submitted: bool = False) -> Page:
    """The page with the check of a valid form; `is_submitted` just before sending."""
    guests, skipped = form.cleaned_data["guests"], form.skipped
    task, role = (form.cleaned_data.get(name, "") for name in ("task", "role"))
    asked = [line for position, line in enumerate(guests, 1) if position not in skipped]
    found = check(asked, user, task=task, role=role, by=by, is_submitted=is_submitted)
    shown = found.roles or _assignable(user, found.policy)
    return Page(form, found.policy, shown, found, _rows(guests, skipped, found))


def _rows(guests: Sequence[Line], skipped: set[int], found: Check) -> list[Row]:
    results, editable, rows = iter(found.lines), 0, []
    for position, line in enumerate(guests, 1):
        if position in skipped:
            rows.append(Row(position, line))
            continue
        checked = next(results)
        is_correctable = _is_correctable(checked)
        editable += is_correctable
        rows.append(Row(position, line, checked, is_correctable and editable <= MAX_EDITABLE))
    return rows


def _is_correctable(checked: CheckedLine | None) -> bool:
    """Whether something that this line says itself is wrong, not only the task or role for the whole list."""
    if checked is None or checked.is_ready:
        return False
    of_line = {"task": checked.line.task, "role": checked.line.role}
    return any(of_line.get(name, True) for name in checked.messages)


def _assignable(user: User, policy: Policy) -> list[Role]:
    """The roles from awork, or as last read where awork fails."""
    try:
        known = roles.workspace_roles(user)
    except SignInExpired:
        raise
    except AworkError:
        known = roles.stored_roles(user.workspace_id)
    return decision.assignable_roles(known, user, policy.rules)
