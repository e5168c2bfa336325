"""Why access didn't end, or isn't known to have ended: what happened, and what the reader can do next."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from invites.messages import AWORK_CODES, Message
from invites.models import Reason


class EndingReason(models.TextChoices):
    """`Ending.reason` holds one of these, a `Reason` or a code of awork's."""

    GUEST_UNKNOWN = "guest-unknown"
    INVITED_AGAIN = "invited-again"
    PROLONGED = "prolonged"
    WITHDRAWN = "withdrawn"
    NO_EFFECT = "no-effect"
    CHECKING = "checking"
    HIDDEN = "hidden"
    BUSY = "guest-busy"
    RIGHT_LOST = "right-lost"


AUTOMATIC = _("We'll try again by ourselves.")
END_AGAIN = _("You can end the access again.")
END_IN_AWORK = _("End the access in awork, or ask someone who may.")
NOTHING_TO_DO = _("There's nothing to do.")

MESSAGES: dict[str, Message] = {
    Reason.REFUSED: Message(_("The change was refused by awork."), END_IN_AWORK),
    Reason.FORBIDDEN: Message(_("awork doesn't allow this to the person who confirmed it."), END_IN_AWORK),
    "unauthorized": Message(_("awork doesn't allow this to the person who confirmed it."), END_IN_AWORK),
    Reason.NOT_FOUND: Message(
        _("awork doesn't show this task, project or user to the person who confirmed it."), END_IN_AWORK
    ),
    "not-found": Message(
        _("awork doesn't show this task, project or user to the person who confirmed it."), END_IN_AWORK
    ),
    Reason.RATE_LIMITED: Message(_("Your workspace has reached awork's rate limit."), AUTOMATIC),
    Reason.UNREACHABLE: Message(_("We couldn't reach awork."), AUTOMATIC),
    Reason.FIREWALL: Message(_("awork's firewall blocked this request. Nothing was changed."), END_AGAIN),
    Reason.CLIENT_REJECTED: Message(
        _("The portal's credentials at awork are wrong. Tell an administrator."), AUTOMATIC
    ),
    Reason.SIGN_IN_EXPIRED: Message(_("The awork sign-in of the person who confirmed it has expired."), ""),
    Reason.NO_ANSWER: Message(
        _("We got no clear answer from awork. The access may have ended."),
        _("We'll check with awork; nothing is sent twice."),
    ),
    Reason.INTERRUPTED: Message(
        _("We were interrupted while we asked awork. The access may have ended."),
        _("We'll check with awork; nothing is sent twice."),
    ),
    Reason.TASK_BUSY: Message(_("Someone is being invited to this task right now."), AUTOMATIC),
    Reason.ERASED: Message(_("The guest's data were erased before the access ended."), END_IN_AWORK),
    EndingReason.BUSY: Message(_("Another access of this guest is being ended right now."), AUTOMATIC),
    EndingReason.RIGHT_LOST: Message(
        _("The person who confirmed it may no longer do so by their desk role."), ""
    ),
    EndingReason.GUEST_UNKNOWN: Message(
        _("Nobody who is signed in can see the guest's account in awork, so nothing was changed."),
        END_IN_AWORK,
    ),
    EndingReason.INVITED_AGAIN: Message(
        _("The guest was invited again after this was confirmed, so nothing was changed."), END_AGAIN
    ),
    EndingReason.PROLONGED: Message(
        _("The end date was moved after this was planned, so nothing was changed."), NOTHING_TO_DO
    ),
    EndingReason.WITHDRAWN: Message(
        _("It was withdrawn before awork was asked. Nothing was changed."), NOTHING_TO_DO
    ),
    EndingReason.NO_EFFECT: Message(_("awork shows that the access has not ended."), END_AGAIN),
    EndingReason.CHECKING: Message(
        _("awork doesn't show an effect yet. It may still be in progress."),
        _("We'll check again in a few minutes; nothing is sent twice."),
    ),
    EndingReason.HIDDEN: Message(
        _("We can't see in awork whether the access has ended."),
        _("Someone who can should check it there. Nothing is sent twice."),
    ),
}


def message_for(reason: str) -> Message:
    """The message for a reason, or a code of awork's."""
    return MESSAGES.get(reason) or AWORK_CODES.get(reason) or MESSAGES[Reason.REFUSED]
