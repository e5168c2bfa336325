"""A batch's state in sentences: what happens now, and who has to do what."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from invites.batches.control import NO_SEATS
from invites.batches.progress import Progress
from invites.messages import message_for
from invites.models import BatchState, Reason
from portal.models import User

ALREADY: dict[str, Promise] = {
    BatchState.RUNNING: gettext_lazy("This batch is already running."),
    BatchState.PAUSED: gettext_lazy("This batch is already paused."),
    BatchState.STOPPED: gettext_lazy("This batch is already stopped."),
    BatchState.DONE: gettext_lazy("This batch is already done."),
}

# Why the desk paused it, to the inviter and to others.
PAUSED: dict[str, tuple[Promise, Promise]] = {
    Reason.SIGN_IN_EXPIRED: (
        gettext_lazy("Your awork sign-in has expired. Sign out, sign in again, then select “Resume”."),
        gettext_lazy("The awork sign-in of %(name)s has expired. %(name)s has to sign in again and resume."),
    ),
    Reason.CLIENT_REJECTED: (
        gettext_lazy(
            "The portal's credentials at awork are wrong. Tell an administrator; "
            "when they are corrected, select “Resume”."
        ),
        gettext_lazy(
            "The portal's credentials at awork are wrong. Tell an administrator; "
            "when they are corrected, %(name)s can resume."
        ),
    ),
    Reason.FIREWALL: (
        gettext_lazy("awork's firewall blocked a request. Select “Resume” to go on with the next line."),
        gettext_lazy("awork's firewall blocked a request. %(name)s can resume with the next line."),
    ),
    Reason.INVITER_RIGHT: (
        gettext_lazy(
            "You may no longer invite guests. "
            "Ask an administrator to change your desk role, then select “Resume”."
        ),
        gettext_lazy(
            "%(name)s may no longer invite guests. "
            "After an administrator has changed that desk role, %(name)s can resume."
        ),
    ),
    NO_SEATS: (
        gettext_lazy(
            "The workspace has no free licence. "
            "Ask an administrator of awork to add or free one, then select “Resume”."
        ),
        gettext_lazy(
            "The workspace has no free licence. "
            "After an administrator of awork has added or freed one, %(name)s can resume."
        ),
    ),
}
BY_HAND = (
    gettext_lazy("Nothing more is sent until you select “Resume”."),
    gettext_lazy("Nothing more is sent until %(name)s resumes it."),
)


def describe(progress: Progress, reader: User) -> str:
    """What happens now, and what the reader or the inviter has to do."""
    state = progress.batch.state
    if state == BatchState.RUNNING:
        return _running(progress)
    if state == BatchState.PAUSED:
        return _paused(progress, reader)
    if state == BatchState.STOPPED:
        return _stopped(progress)
    return _done(progress)


def _running(progress: Progress) -> str:
    if not progress.has_worker:
        return _("Nothing is sent right now: no worker is running. Lines are sent as soon as one runs.")
    return _(
        "Invitations are sent in the background: you can leave this page. "
        "Assignees are restored after the last guest of each task."
    )


def _paused(progress: Progress, reader: User) -> str:
    batch = progress.batch
    texts = PAUSED.get(batch.reason) if batch.reason else BY_HAND
    if texts is None:
        return str(message_for(batch.reason).text)
    own, others = texts
    return str(own) if batch.inviter_id == reader.pk else others % {"name": batch.inviter.name}


def _stopped(progress: Progress) -> str:
    if progress.waiting:
        return _("What was sent stays sent. The other lines are being marked as not sent.")
    return _("What was sent stays sent. The other lines were not sent.")


def _done(progress: Progress) -> str:
    if not progress.failed:
        return _("Nothing is left to send.")
    return ngettext(
        "%(count)s line failed. The reason is in the table.",
        "%(count)s lines failed. The reasons are in the table.",
        progress.failed,
    ) % {"count": progress.failed}
