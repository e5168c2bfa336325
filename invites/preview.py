"""What will happen when the form is sent, and which preview a form was sent with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from django.utils.crypto import salted_hmac
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from invites.draft import Draft, FieldMessage
from invites.models import Invitation
from invites.policy.describe import Denial
from portal.awork.schemas import Role, Task


class Verdict(StrEnum):
    """What the panel says about sending."""

    UNKNOWN = "unknown"  # awork could not be asked
    DENIED = "denied"
    MISSING = "missing"
    READY = "ready"


@dataclass(frozen=True)
class Preview:
    """What the sentences are made of; empty where it isn't entered yet."""

    email: str = ""
    first_name: str = ""
    last_name: str = ""
    gender: str = ""
    role: Role | None = None
    task: Task | None = None
    ends_on: date | None = None  # the last day of access
    comment: str = ""  # as awork gets it
    comment_hidden: bool = False
    keep_assignees: bool = True  # as the user chose; see `allows_several_assignees`
    problems: Sequence[FieldMessage | Denial] = ()  # why it can't be sent
    is_known: bool = True  # whether awork could be asked

    @property
    def verdict(self) -> Verdict:
        """Whether the form can be sent as it is."""
        if not self.is_known:
            return Verdict.UNKNOWN
        if self.problems:
            return Verdict.DENIED
        return Verdict.MISSING if self.missing else Verdict.READY

    @property
    def guest(self) -> str:
        """The guest's name."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def assignee_names(self) -> str:
        """The current assignees, such as "Ada and Paul"."""
        people = self.task.assignees if self.task else ()
        return join_names([person.first_name or person.last_name for person in people])

    @property
    def allows_several_assignees(self) -> bool | None:
        """Whether the task may have several assignees; None if unknown."""
        return self.task.allows_several_assignees if self.task else None

    @property
    def assignees_stay(self) -> bool | None:
        """Whether the current assignees stay; None if that depends on what awork doesn't say."""
        return self.keep_assignees and self.allows_several_assignees

    @property
    def missing(self) -> str:
        """What isn't entered yet, such as "task, role"."""
        parts = [(self.task, _("task")), (self.role, _("role")), (self.email, _("e-mail"))]
        return ", ".join(word for value, word in parts if not value)

    @property
    def fingerprint(self) -> str:
        """Equal for two previews that promise the same; the form sends it along."""
        unassigned = "" if self.assignees_stay else self.assignee_names
        promised = [
            *(self.task and self.task.id, self.role and self.role.id, self.assignees_stay, unassigned),
            *(self.email, self.first_name, self.last_name, self.gender, self.ends_on),
        ]
        if self.comment:
            promised += [self.comment, self.comment_hidden]
        return salted_hmac("invites.preview", repr(promised), algorithm="sha256").hexdigest()[:32]


def preview(draft: Draft) -> Preview:
    """The preview of a draft, as far as it is filled in."""
    return Preview(
        email=draft.form.valid("email") or "",
        first_name=draft.first_name,
        last_name=draft.last_name,
        gender=draft.form.valid("gender") or "",
        role=draft.role,
        task=draft.task,
        ends_on=draft.ends_on,
        comment=draft.form.valid("comment") or "",
        comment_hidden=bool(draft.form.valid("comment_hidden")),
        keep_assignees=draft.form.valid("keep_assignees") is not False,
        problems=[one for messages in draft.messages.values() for one in messages if _is_problem(one)],
        is_known=draft.error is None,
    )


def _is_problem(message: FieldMessage | Denial) -> bool:
    """Whether something is wrong; that a field is empty is only missing."""
    return isinstance(message, Denial) or not message.is_missing


def was_previewed(draft: Draft) -> bool:
    """Whether the form was sent with the preview of what it sends now.

    A form of ours always has one; a request without any comes from a script, which knows what it sends.
    """
    shown = draft.form.data.get("previewed")
    first_name, last_name = (draft.form.valid(name) or "" for name in ("first_name", "last_name"))
    sends_now = replace(preview(draft), first_name=first_name, last_name=last_name)
    return shown is None or shown == sends_now.fingerprint


def missing_names(invitation: Invitation) -> str:
    """The assignees who are or were missing from the task, such as "Ada Ahrens and Paul Pohl"."""
    return join_names(
        [f"{one['first_name']} {one['last_name']}".strip() for one in invitation.assignees_missing]
    )


def join_names(people: list[str]) -> str:
    """Names joined for a sentence; people without a name ("") are counted at the end."""
    known = [name for name in people if name]
    nameless = len(people) - len(known)
    if nameless:
        known.append(
            ngettext("someone without a name", "%(count)s people without a name", nameless)
            % {"count": nameless}
        )
    return get_text_list(known, _("and"))
