"""Why something was not done, in plain words, and what a person can do about it."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from invites.models import Reason


@dataclass(frozen=True)
class Message:
    """What happened, and the next step."""

    text: Promise
    next_step: Promise


ASK_ADMIN = _("Ask an administrator of your workspace.")
AGAIN_LATER = _("Try again in a few minutes.")
TRY_AGAIN = _("You can try again.")
CHECK_FORM = _("Check what you entered and try again.")
LOOK_AT_TASK = _("Look at the task in awork, then try again.")
REPORT = _("If it happens again, tell whoever looks after this portal, with the trace id.")

AWORK = {
    "workspaceid-missing": Message(_("awork did not recognise the workspace."), REPORT),
    "not-found": Message(_("awork does not know the task or the role any more."), LOOK_AT_TASK),
    "entity-archived": Message(
        _("The task, its project or the role is archived."), _("Bring it back in awork, or choose another.")
    ),
    "duplication-violation": Message(_("awork already has this guest."), _("Assign them in awork itself.")),
    "already-exist-error": Message(_("awork already has this guest."), _("Assign them in awork itself.")),
    "database-commit": Message(_("awork could not save the invitation."), AGAIN_LATER),
    "concurrency-violation": Message(_("Somebody changed the task at the same moment."), AGAIN_LATER),
    "date-dependency": Message(_("The dates of the task contradict those of another."), LOOK_AT_TASK),
    "date-out-of-range": Message(_("A date of the task is outside its allowed range."), LOOK_AT_TASK),
    "value-out-of-range": Message(_("awork found a value outside its allowed range."), CHECK_FORM),
    "invalid-operation": Message(
        _("awork does not allow this here."),
        _("A guest can take part in one project only: see whether this one is already in another."),
    ),
    "invalid-model": Message(_("awork could not read the invitation."), CHECK_FORM),
    "validation-failed": Message(_("awork did not accept what was entered."), CHECK_FORM),
    "server-error": Message(_("Something went wrong inside awork."), AGAIN_LATER),
    "invalid-filter-or-order": Message(_("awork could not read the question."), REPORT),
    "illegal-property-transition": Message(
        _("The task cannot change like this in its present state."), LOOK_AT_TASK
    ),
    "unauthorized": Message(_("You may not invite people to this task."), ASK_ADMIN),
    "invalid-batch-operation": Message(_("awork could not do all of this at once."), AGAIN_LATER),
    "deactivated-user": Message(
        _("This person's access to the workspace was ended."),
        _("An administrator can let them in again in awork."),
    ),
    "request-body-too-large": Message(_("What was entered is too long for awork."), CHECK_FORM),
    "insufficient-subscription-level": Message(
        _("The workspace's awork plan does not include this."), ASK_ADMIN
    ),
    "insufficient-seats": Message(
        _("The workspace has no free licence."), _("Ask an administrator to add one, or to end one.")
    ),
}

OTHER = Message(_("awork refused the invitation."), LOOK_AT_TASK)

PORTAL: dict[str, Message] = {
    Reason.REFUSED: OTHER,
    Reason.FORBIDDEN: AWORK["unauthorized"],  # awork said so by its status alone, as the next one
    Reason.NOT_FOUND: AWORK["not-found"],
    Reason.RATE_LIMITED: Message(
        _("awork gets too many requests from this workspace at the moment. Nothing was sent."), AGAIN_LATER
    ),
    Reason.LOOKUP_LIMIT: Message(
        _("Very many addresses were looked up in a short time. Nothing was sent."),
        _("Everything you entered is still here. Try again in ten minutes."),
    ),
    Reason.UNREACHABLE: Message(_("The portal could not reach awork. Nothing was sent."), AGAIN_LATER),
    Reason.NO_ANSWER: Message(
        _("awork did not answer in time, or not clearly. It may have sent the invitation."),
        _("The portal looks it up; nothing is sent twice."),
    ),
    Reason.INTERRUPTED: Message(_("The portal stopped before it asked awork. Nothing was sent."), TRY_AGAIN),
    Reason.UNKNOWN_ADDRESS: Message(
        _("awork does not know this address: the invitation had no effect. Nothing was sent."), TRY_AGAIN
    ),
    Reason.TOO_EARLY: Message(
        _("awork does not know this address so far. It may still be at work on the invitation."),
        _("The portal looks again in a few minutes. Nothing is sent twice."),
    ),
    Reason.USERS_HIDDEN: Message(
        _("Nobody new is on the task, and the portal may not see whether awork knows the address."),
        _("Somebody who sees all users in awork can look for the address there. Nothing is sent twice."),
    ),
    Reason.NEW_ASSIGNEE_HIDDEN: Message(
        _("Somebody new is on the task, but awork does not show whether it is this guest."),
        _("Look at the task in awork: is it the guest? Nothing is sent twice."),
    ),
    Reason.NOT_ON_TASK: Message(
        _("awork knows this address, but shows no sign that the guest was put on this task."),
        _("Look at the task in awork, and assign the guest there if they are missing."),
    ),
    Reason.WAS_ASSIGNED: Message(
        _("The guest was on the task before, so it does not show whether the invitation was sent."),
        _("There is nothing to do: the guest is a member of the workspace."),
    ),
    Reason.NO_ACCESS: Message(
        _("Nobody whose access the portal has may see the task."),
        _("Look at the task in awork. Nothing is sent twice."),
    ),
    Reason.TASK_UNREADABLE: Message(
        _("The portal could not read who is assigned to the task. Nothing was sent."), AGAIN_LATER
    ),
    Reason.TASK_PRIVATE: Message(
        _("The task has become private. Nothing was sent."), _("Choose a task of a project.")
    ),
    Reason.TASK_BUSY: Message(
        _("Another invitation to this task is still being sent. Nothing was sent for this one."), AGAIN_LATER
    ),
    Reason.FORM_OUTDATED: Message(
        _("This form is out of date. Nothing was sent."), _("Press “Send invitation” again to send it.")
    ),
    Reason.FORM_ALREADY_SENT: Message(
        _("This form was already sent, for another guest or task. Nothing was sent now."),
        _("Press “Send invitation” again to invite this one as well."),
    ),
    Reason.SIGN_IN_EXPIRED: Message(
        _("Your sign-in with awork has ended. Nothing was sent."), _("Sign in again, then try again.")
    ),
}

ALL = AWORK | PORTAL


def message_for(key: str) -> Message:
    """The reason behind a key of this module or a code of awork; a general one for a code unheard of."""
    return ALL.get(key, OTHER)
