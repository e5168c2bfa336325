"""Endings as pages list them: what ends, how far it is, and what can be done about it."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from invites.endings.outcome import is_unsettled
from invites.endings.reasons import EndingReason, message_for
from invites.endings.rights import may_end
from invites.endings.send import SENDABLE
from invites.messages import Message
from invites.models import Ending, EndingCause, EndingKind, EndingState, Guest
from portal.models import User

SHOWN = 50
A_MOMENT = timedelta(minutes=1)
TITLES: dict[str, Promise] = {
    EndingKind.TASK: gettext_lazy("Unassign from %(target)s"),
    EndingKind.PROJECT: gettext_lazy("Remove from the project %(target)s"),
    EndingKind.WORKSPACE: gettext_lazy("Deactivate in %(target)s"),
    EndingKind.ACTIVATION: gettext_lazy("Activate again in %(target)s"),
}


@dataclass(frozen=True)
class Line:
    """An ending, and what the person who looks may do with it."""

    ending: Ending
    may_act: bool

    @property
    def title(self) -> str:
        """What awork is asked to do."""
        return str(TITLES[self.ending.kind] % {"target": self.ending.target})

    @property
    def message(self) -> Message | None:
        """Why it isn't done, and what comes next."""
        return message_for(self.ending.reason) if self.ending.reason else None

    @property
    def is_moving(self) -> bool:
        """Whether it may change within seconds."""
        ending = self.ending
        is_new = ending.state == EndingState.REQUESTED and not ending.reason
        is_lost = ending.state == EndingState.UNCLEAR and ending.check_count <= 1
        return ending.state == EndingState.SENDING or is_new or is_lost

    @property
    def is_later(self) -> bool:
        """Whether its state is of a later time than its beginning."""
        return self.ending.changed_at - self.ending.created_at > A_MOMENT

    @property
    def may_withdraw(self) -> bool:
        """Whether awork wasn't asked yet."""
        return self.may_act and self.ending.state in SENDABLE

    @property
    def may_confirm(self) -> bool:
        """Whether it waits for a confirmation, which the reader may give."""
        return self.may_act and self.ending.state == EndingState.WAITING

    @property
    def may_check(self) -> bool:
        """Whether looking in awork may settle it."""
        return self.may_act and is_unsettled(self.ending)

    @property
    def waits_for(self) -> str:
        """Who must act; "" if no one must."""
        if self.ending.state != EndingState.WAITING:
            return ""
        if self.ending.reason == EndingReason.RIGHT_LOST:
            return _("It goes on when someone who may confirms it.")
        text = _("It goes on when %(name)s signs in here, or when someone else confirms it.")
        return text % {"name": self.ending.user.name}

    @property
    def by(self) -> str:
        """Who confirmed it, or what caused it."""
        if self.ending.cause == EndingCause.END_DATE:
            text = _("At the end date, with the access of %(name)s")
        elif self.ending.cause == EndingCause.REVIEW:
            text = _("After a review, with the access of %(name)s")
        else:
            text = _("Confirmed by %(name)s")
        return text % {"name": self.ending.user.name}

    @property
    def counts(self) -> str:
        """What became of the guest's private projects."""
        ending = self.ending
        if ending.kind != EndingKind.WORKSPACE or ending.state != EndingState.DONE:
            return ""
        if ending.deleted_projects is None or ending.reassigned_projects is None:
            return _("awork didn't say how many private projects it deleted.")
        if not ending.deleted_projects and not ending.reassigned_projects:
            return _("The guest had no private projects.")
        deleted = ngettext(
            "awork deleted %(count)s private project of the guest.",
            "awork deleted %(count)s private projects of the guest.",
            ending.deleted_projects,
        )
        moved = ngettext(
            "It gave %(count)s another manager.",
            "It gave %(count)s another manager.",
            ending.reassigned_projects,
        )
        facts = deleted % {"count": ending.deleted_projects}, moved % {"count": ending.reassigned_projects}
        return " ".join(facts)

    @property
    def missing(self) -> str:
        """Who should be on the task and isn't."""
        rows = self.ending.assignees_missing
        if not rows:
            return ""
        names = [f"{row['first_name']} {row['last_name']}".strip() or _("someone") for row in rows]
        text = _("Not reassigned to the task: %(names)s. We'll try again; you can also do it in awork.")
        return text % {"names": get_text_list(names, pgettext("Ada and Paul", "and"))}


def lines_of(guest: Guest, reader: User, most: int = SHOWN) -> list[Line]:
    """The last endings of a guest, the newest first."""
    rows = guest.endings.select_related("user").order_by("-created_at", "target_key", "id")[:most]
    return [Line(row, may_end(reader, guest, row.kind, row.target_id)) for row in rows]
