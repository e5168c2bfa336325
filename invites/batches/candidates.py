"""The lines of a list as drafts of invitations, with what their fields say before awork is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.utils.functional import Promise

from invites.batches.checked import CheckedLine, Verdict
from invites.batches.lines import Line
from invites.draft import Draft
from invites.forms import InviteForm
from invites.lookup.awork import AworkLookup
from invites.models import Invitation
from invites.policy.describe import WHOLE_FORM, Denial
from invites.policy.rules import Policy
from portal.awork.schemas import Role, Task
from portal.email_addresses import key_of


@dataclass
class Candidate:
    """A line and its draft; the verdict is READY until something speaks against it."""

    line: Line
    draft: Draft
    verdict: Verdict = Verdict.READY

    @property
    def is_ready(self) -> bool:
        """Whether nothing speaks against it so far."""
        return self.verdict is Verdict.READY

    @property
    def task(self) -> Task | None:
        """Its task, once awork was asked."""
        return self.draft.task

    @cached_property
    def role(self) -> Role | None:
        """Its role; to be used once the roles are known, since it is found only once."""
        return self.draft.role

    @cached_property
    def email_key(self) -> str:
        """The key of its address; "" if that is none."""
        return key_of(self.draft.form.valid("email") or "")

    @cached_property
    def invitation(self) -> Invitation:
        """Its unsaved invitation; to be used once task and roles are known, since it is made only once."""
        invitation = self.draft.invitation()
        invitation.email_key = self.email_key
        return invitation

    @property
    def identity(self) -> tuple[UUID, str] | None:
        """What only one line can have: a task and an address."""
        return (self.task.id, self.email_key) if self.task and self.email_key else None

    def reject(self, verdict: Verdict, field: str, text: Promise | str) -> None:
        """Add a message to a field, and set the verdict unless it is set already."""
        self.verdict = verdict if self.is_ready else self.verdict
        self.draft.add_message(field, text)

    def deny(self, verdict: Verdict, denials: Sequence[Denial]) -> None:
        """Add denials, and set the verdict unless it is set already."""
        self.verdict = verdict if self.is_ready else self.verdict
        for denial in denials:
            self.draft.deny(denial)

    def checked(self) -> CheckedLine:
        """The result, once awork was asked."""
        messages = self.draft.messages
        if self.line.problem:
            return CheckedLine(self.line, self.verdict, messages)
        return CheckedLine(self.line, self.verdict, messages, self.invitation, self.task, self.role)

    def unchecked(self) -> CheckedLine:
        """The result where awork could not be asked: whether the line is malformed is known anyway."""
        if self.verdict is Verdict.MALFORMED:
            return CheckedLine(self.line, self.verdict, self.draft.messages)
        return CheckedLine(self.line, Verdict.UNKNOWN)


def candidate(line: Line, lookup: AworkLookup, policy: Policy, *, task: str, role: str) -> Candidate:
    """The line with the page's task and role where it has none; malformed if one of its fields is."""
    data: dict[str, Any] = {
        "task": line.task or task,
        "role": line.role or role,
        "email": line.email,
        "first_name": line.first_name,
        "last_name": line.last_name,
        "gender": line.gender.strip().lower(),
        "ends_on": line.ends_on,
    }
    found = Candidate(line, Draft(InviteForm(data), lookup, policy=policy))
    if line.problem:
        found.reject(Verdict.MALFORMED, WHOLE_FORM, line.problem)
        return found
    for name, errors in found.draft.form.errors.as_data().items():
        for error in errors:
            if (name, error.code) != ("role", "required"):  # there may be a default role
                found.reject(Verdict.MALFORMED, name, " ".join(error.messages))
    return found
