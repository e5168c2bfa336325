"""What will happen when the form is sent, said before it is."""

from dataclasses import dataclass

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from invites.draft import Draft
from invites.models import Invitation
from portal.awork.schemas import Role, Task


@dataclass(frozen=True)
class Preview:
    """The parts of the sentences; empty where the form does not tell yet."""

    guest: str
    email: str
    role: Role | None
    task: Task | None
    keep_assignees: bool

    @property
    def staying(self) -> str:
        """Who is assigned now, as "Ada and Paul"."""
        people = self.task.assignees if self.task else ()
        return join_names([person.first_name or person.last_name for person in people])

    @property
    def lacking(self) -> str:
        """What still has to be entered, as "the task and the role"; "" where nothing has."""
        parts = [
            (self.task, _("the task")),
            (self.role, _("the role")),
            (self.email, _("the guest's address")),
        ]
        return join_names([word for known, word in parts if not known])


def preview(draft: Draft) -> Preview:
    """What is known of it so far."""
    email = draft.form.valid("email") or ""
    return Preview(
        guest=f"{draft.first_name} {draft.last_name}".strip(),
        email=email,
        role=draft.role,
        task=draft.task,
        keep_assignees=draft.form.valid("keep_assignees") is not False,
    )


def missing_names(invitation: Invitation) -> str:
    """The names of those who are or were missing from the task, as "Ada Ahrens and Paul Pohl"."""
    return join_names(
        [f"{one['first_name']} {one['last_name']}".strip() for one in invitation.assignees_missing]
    )


def join_names(people: list[str]) -> str:
    """A list of names as a sentence has it; those who have none ("") are counted at its end."""
    known = [name for name in people if name]
    nameless = len(people) - len(known)
    if nameless:
        known.append(
            ngettext("someone without a name", "%(count)s people without a name", nameless)
            % {"count": nameless}
        )
    return get_text_list(known, _("and"))
