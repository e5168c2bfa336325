"""Messages for reasons and awork's error codes: what happened, and what the reader can do next."""

from dataclasses import dataclass
from math import ceil

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from invites.models import Reason


@dataclass(frozen=True)
class Message:
    """What happened, and the next step."""

    text: Promise
    next_step: Promise | str


TELL_ADMIN = _("Tell an administrator.")
ASK_ADMIN = _("Ask an administrator of your workspace.")
RETRY = _("You can retry.")
RETRY_LATER = _("Retry in a few minutes.")
CHECK_INPUT = _("Check your input and retry.")
CHECK_TASK = _("Check the task in awork, then retry.")
CONTACT_SUPPORT = _("If this happens again, contact the administrator of this portal with the trace ID.")
ASSIGN_IN_AWORK = _("Assign them in awork.")
DUPLICATE = Message(_("This guest already exists in awork."), ASSIGN_IN_AWORK)

AWORK_CODES = {
    "workspaceid-missing": Message(_("The workspace was not recognized by awork."), CONTACT_SUPPORT),
    "not-found": Message(_("The task or the role no longer exists in awork."), CHECK_TASK),
    "entity-archived": Message(
        _("The task, its project or the role is archived."), _("Restore it in awork, or pick another.")
    ),
    "duplication-violation": DUPLICATE,
    "already-exist-error": DUPLICATE,
    "database-commit": Message(_("The invitation could not be saved by awork."), RETRY_LATER),
    "concurrency-violation": Message(_("The task was changed at the same time."), RETRY_LATER),
    "date-dependency": Message(_("The task's dates conflict with those of another task."), CHECK_TASK),
    "date-out-of-range": Message(_("A date of the task is outside its allowed range."), CHECK_TASK),
    "value-out-of-range": Message(_("A value is outside the range that awork allows."), CHECK_INPUT),
    "invalid-operation": Message(
        _("This is not allowed in awork."),
        _("A guest can be in one project only. Check whether this guest is already in another."),
    ),
    "invalid-model": Message(_("The invitation could not be read by awork."), CHECK_INPUT),
    "validation-failed": Message(_("Your input was rejected by awork."), CHECK_INPUT),
    "server-error": Message(_("Something went wrong in awork."), RETRY_LATER),
    "invalid-filter-or-order": Message(_("The request could not be read by awork."), CONTACT_SUPPORT),
    "illegal-property-transition": Message(_("The task can't be changed in its current status."), CHECK_TASK),
    "unauthorized": Message(_("You don't have permission to invite guests to this task."), ASK_ADMIN),
    "invalid-batch-operation": Message(_("The changes could not all be made at once."), RETRY_LATER),
    "deactivated-user": Message(
        _("This person's account in the workspace is deactivated."),
        _("An administrator can reactivate it in awork."),
    ),
    "request-body-too-large": Message(_("Your input is too long for awork."), CHECK_INPUT),
    "insufficient-subscription-level": Message(_("Your awork plan doesn't include this."), ASK_ADMIN),
    "insufficient-seats": Message(
        _("The workspace has no free licence."), _("Ask an administrator to add or free one.")
    ),
}

UNKNOWN_CODE = Message(_("The invitation was refused by awork."), CHECK_TASK)

REASONS: dict[str, Message] = {
    Reason.REFUSED: UNKNOWN_CODE,
    Reason.FORBIDDEN: AWORK_CODES["unauthorized"],
    Reason.NOT_FOUND: AWORK_CODES["not-found"],
    Reason.RATE_LIMITED: Message(
        _("Your workspace has reached awork's rate limit. Nothing was sent."), RETRY_LATER
    ),
    Reason.LOOKUP_LIMIT: Message(
        _("Too many addresses were checked in a short time. Nothing was sent."),
        _("Your input is still here. Retry later."),
    ),
    Reason.UNREACHABLE: Message(_("We couldn't reach awork. Nothing was sent."), RETRY_LATER),
    Reason.FIREWALL: Message(
        _("awork's firewall blocked this request. Nothing was sent."),
        _("Retry later. If this happens again, contact awork's support with the references of the event."),
    ),
    Reason.NO_ANSWER: Message(
        _("We got no clear answer from awork. The invitation may have been sent."),
        _("We'll check with awork; nothing is sent twice."),
    ),
    Reason.INTERRUPTED: Message(_("Sending was interrupted before we asked awork. Nothing was sent."), RETRY),
    Reason.UNKNOWN_ADDRESS: Message(
        _("No user in awork has this address, so the invitation had no effect. Nothing was sent."), RETRY
    ),
    Reason.TOO_EARLY: Message(
        _("No user in awork has this address yet. The invitation may still be in progress."),
        _("We'll check again in a few minutes. Nothing is sent twice."),
    ),
    Reason.USERS_HIDDEN: Message(
        _("The task has no new assignee, and we can't see whether awork has a user with this address."),
        _("Anyone who can see all users in awork can search for the address there. Nothing is sent twice."),
    ),
    Reason.NEW_ASSIGNEE_HIDDEN: Message(
        _("The task has a new assignee, but we can't see whether it's this guest."),
        _("Check in awork whether it is. Nothing is sent twice."),
    ),
    Reason.NOT_ON_TASK: Message(
        _("A user in awork has this address, but there's no sign that they were assigned to this task."),
        _("Check the task in awork, and assign the guest there if needed."),
    ),
    Reason.WAS_ASSIGNED: Message(
        _("The guest was already assigned to the task, so we can't tell whether the invitation was sent."),
        _("There's nothing to do: the guest is a member of the workspace."),
    ),
    Reason.NO_ACCESS: Message(
        _("Neither you, the inviter nor the portal can see the task in awork."),
        _("Ask someone who can to check it there. Nothing is sent twice."),
    ),
    Reason.TASK_UNREADABLE: Message(
        _("We couldn't read the task's assignees. Nothing was sent."), RETRY_LATER
    ),
    Reason.TASK_PRIVATE: Message(
        _("The task is now private. Nothing was sent."), _("Pick a task that belongs to a project.")
    ),
    Reason.PROJECT_CLOSED: Message(
        _("The task's project is now closed to invitations. Nothing was sent."),
        _("Pick a task in another project."),
    ),
    Reason.TASK_BUSY: Message(
        _("Another invitation to this task is still being sent. Nothing was sent for this one."), RETRY_LATER
    ),
    Reason.POLICY_CHANGED: Message(
        _("The policy was changed and no longer allows this invitation. Nothing was sent."),
        _("Ask an administrator."),
    ),
    Reason.BATCH_STOPPED: Message(_("The batch was stopped before this invitation was sent."), RETRY),
    Reason.ERASED: Message(
        _("The guest's data were erased before the invitation was sent."), _("There's nothing to do.")
    ),
    Reason.INVITER_RIGHT: Message(
        _("The person who started the batch may no longer invite guests."),
        _("Ask an administrator to change their desk role, then resume."),
    ),
    Reason.FORM_OUTDATED: Message(
        _("This form is out of date. Nothing was sent."), _("Select “Send invitation” again to send it.")
    ),
    Reason.FORM_ALREADY_SENT: Message(
        _("This form was already sent for another guest or task. Nothing was sent now."),
        _("Select “Send invitation” again to invite this guest as well."),
    ),
    Reason.SIGN_IN_EXPIRED: Message(
        _("Your awork sign-in has expired. Nothing was sent."), _("Sign in again, then retry.")
    ),
    Reason.CLIENT_REJECTED: Message(
        _("The portal's credentials at awork are wrong. Nothing was sent."), TELL_ADMIN
    ),
}

MESSAGES = AWORK_CODES | REASONS

# Why a form that is only shown lacks something; whether an invitation was sent before is another question.
LOOKUPS: dict[str, Message] = {
    Reason.RATE_LIMITED: Message(_("Your workspace has reached awork's rate limit."), RETRY_LATER),
    Reason.LOOKUP_LIMIT: Message(
        _("Too many addresses were checked in a short time."), REASONS[Reason.LOOKUP_LIMIT].next_step
    ),
    Reason.UNREACHABLE: Message(_("We couldn't reach awork."), RETRY_LATER),
    Reason.FIREWALL: Message(_("awork's firewall blocked this request."), RETRY_LATER),
    Reason.CLIENT_REJECTED: Message(_("The portal's credentials at awork are wrong."), TELL_ADMIN),
}


def retry_in(seconds: int) -> str:
    """The next step where a limit ends after so many seconds."""
    minutes = ceil(seconds / 60)
    return ngettext(
        "Your input is still here. Retry in %(minutes)s minute.",
        "Your input is still here. Retry in %(minutes)s minutes.",
        minutes,
    ) % {"minutes": minutes}


PAUSE_REASONS: dict[str, Promise] = {  # for the audit log and /status/
    Reason.SIGN_IN_EXPIRED: _("The inviter's awork sign-in has expired."),
    Reason.CLIENT_REJECTED: _("The portal's credentials at awork are wrong."),
    Reason.FIREWALL: _("awork's firewall blocked a request."),
    Reason.INVITER_RIGHT: _("The inviter may no longer invite guests."),
    "insufficient-seats": _("The workspace has no free licence."),
}


def message_for(key: str) -> Message:
    """The message for a `Reason` or a code of awork; a general one for an unknown code."""
    return MESSAGES.get(key, UNKNOWN_CODE)


def pause_reason(reason: str) -> str:
    """Why the desk paused a batch, in a sentence; `reason` is as `Batch.reason`."""
    return str(PAUSE_REASONS.get(reason) or message_for(reason).text)


def lookup_message(reason: Reason, *, is_submitted: bool) -> Message:
    """Why awork couldn't be asked about a form; says that nothing was sent only if it was submitted."""
    return message_for(reason) if is_submitted else LOOKUPS[reason]
