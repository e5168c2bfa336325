"""What will happen when the form is sent."""

from dataclasses import dataclass

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from invites.draft import Draft
from invites.models import Invitation
from portal.awork.schemas import Role, Task


@dataclass(frozen=True)
class Preview:
    """What the sentences are made of; empty where it isn't entered yet."""

    guest: str
    email: str
    role: Role | None
    task: Task | None
    keep_assignees: bool

    @property
    def assignee_names(self) -> str:
        """The current assignees, such as "Ada and Paul"."""
        people = self.task.assignees if self.task else ()
        return join_names([person.first_name or person.last_name for person in people])

    @property
    def missing(self) -> str:
        """What isn't entered yet, such as "the task and the role"."""
        parts = [
            (self.task, _("the task")),
            (self.role, _("the role")),
            (self.email, _("the guest's address")),
        ]
        return join_names([word for value, word in parts if not value])


def preview(draft: Draft) -> Preview:
    """The preview of a draft, as far as it is filled in."""
    email = draft.form.valid("email") or ""
    return Preview(
        guest=f"{draft.first_name} {draft.last_name}".strip(),
        email=email,
        role=draft.role,
        task=draft.task,
        keep_assignees=draft.form.valid("keep_assignees") is not False,
    )


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
