"""What the audit log says of endings and activations: a sentence for each type of event and each kind."""

from collections.abc import Callable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from invites.audit.presenters import EventPresenter, presents, register_labels
from invites.endings.events import CHECKED as CHECKED_TYPES
from invites.endings.events import REQUESTED as REQUESTED_TYPES
from invites.endings.events import SETTLED, STATES
from invites.endings.look import SeenIn
from invites.endings.reasons import MESSAGES
from invites.messages import AWORK_CODES
from invites.models import EndingCause, EndingKind, EndingState

Sentences = Mapping[str, str | Promise]

REQUESTED: Sentences = {
    EndingKind.TASK: gettext_lazy("%(actor)s asked to unassign %(guest)s from %(task)s."),
    EndingKind.PROJECT: gettext_lazy("%(actor)s asked to remove %(guest)s from the project %(project)s."),
    EndingKind.WORKSPACE: gettext_lazy("%(actor)s asked to deactivate %(guest)s in awork."),
    EndingKind.ACTIVATION: gettext_lazy("%(actor)s asked to activate %(guest)s in awork again."),
}
WAITING: Sentences = {
    EndingKind.TASK: gettext_lazy("Unassigning %(guest)s from %(task)s waits: %(reason)s"),
    EndingKind.PROJECT: gettext_lazy("Removing %(guest)s from the project %(project)s waits: %(reason)s"),
    EndingKind.WORKSPACE: gettext_lazy("Deactivating %(guest)s in awork waits: %(reason)s"),
    EndingKind.ACTIVATION: gettext_lazy("Activating %(guest)s in awork again waits: %(reason)s"),
}
DONE: Sentences = {
    EndingKind.TASK: gettext_lazy("%(actor)s unassigned %(guest)s from %(task)s."),
    EndingKind.PROJECT: gettext_lazy("%(actor)s removed %(guest)s from the project %(project)s."),
    EndingKind.WORKSPACE: gettext_lazy("%(actor)s deactivated %(guest)s in awork."),
    EndingKind.ACTIVATION: gettext_lazy(
        "%(actor)s activated %(guest)s in awork again. awork sends them an e-mail."
    ),
}
REFUSED: Sentences = {
    EndingKind.TASK: gettext_lazy("awork refused to unassign %(guest)s from %(task)s: %(reason)s"),
    EndingKind.PROJECT: gettext_lazy(
        "awork refused to remove %(guest)s from the project %(project)s: %(reason)s"
    ),
    EndingKind.WORKSPACE: gettext_lazy("awork refused to deactivate %(guest)s: %(reason)s"),
    EndingKind.ACTIVATION: gettext_lazy("awork refused to activate %(guest)s again: %(reason)s"),
}
NOT_DONE: Sentences = {
    EndingKind.TASK: gettext_lazy("%(guest)s was not unassigned from %(task)s: %(reason)s"),
    EndingKind.PROJECT: gettext_lazy("%(guest)s was not removed from the project %(project)s: %(reason)s"),
    EndingKind.WORKSPACE: gettext_lazy("%(guest)s was not deactivated in awork: %(reason)s"),
    EndingKind.ACTIVATION: gettext_lazy("%(guest)s was not activated in awork again: %(reason)s"),
}
UNCLEAR: Sentences = {
    EndingKind.TASK: gettext_lazy(
        "It's unclear whether awork unassigned %(guest)s from %(task)s: %(reason)s"
    ),
    EndingKind.PROJECT: gettext_lazy(
        "It's unclear whether awork removed %(guest)s from the project %(project)s: %(reason)s"
    ),
    EndingKind.WORKSPACE: gettext_lazy("It's unclear whether awork deactivated %(guest)s: %(reason)s"),
    EndingKind.ACTIVATION: gettext_lazy("It's unclear whether awork activated %(guest)s again: %(reason)s"),
}
CHECKED: Sentences = {
    EndingKind.TASK: gettext_lazy(
        "%(actor)s checked with awork whether %(guest)s was unassigned from %(task)s. "
        "It's still unclear: %(reason)s"
    ),
    EndingKind.PROJECT: gettext_lazy(
        "%(actor)s checked with awork whether %(guest)s was removed from the project %(project)s. "
        "It's still unclear: %(reason)s"
    ),
    EndingKind.WORKSPACE: gettext_lazy(
        "%(actor)s checked with awork whether %(guest)s was deactivated. It's still unclear: %(reason)s"
    ),
    EndingKind.ACTIVATION: gettext_lazy(
        "%(actor)s checked with awork whether %(guest)s is active again. It's still unclear: %(reason)s"
    ),
}
SETTLED_DONE: Sentences = {
    EndingKind.TASK: gettext_lazy(
        "%(actor)s checked with awork: %(guest)s is no longer assigned to %(task)s."
    ),
    EndingKind.PROJECT: gettext_lazy(
        "%(actor)s checked with awork: %(guest)s is no longer in the project %(project)s."
    ),
    EndingKind.WORKSPACE: gettext_lazy(
        "%(actor)s checked with awork: %(guest)s has no active account there any more."
    ),
    EndingKind.ACTIVATION: gettext_lazy("%(actor)s checked with awork: %(guest)s is active there again."),
}
SETTLED_NOT_DONE: Sentences = {
    EndingKind.TASK: gettext_lazy("%(actor)s checked with awork: %(guest)s is still assigned to %(task)s."),
    EndingKind.PROJECT: gettext_lazy(
        "%(actor)s checked with awork: %(guest)s is still in the project %(project)s."
    ),
    EndingKind.WORKSPACE: gettext_lazy("%(actor)s checked with awork: %(guest)s is still active there."),
    EndingKind.ACTIVATION: gettext_lazy(
        "%(actor)s checked with awork: %(guest)s is still deactivated there."
    ),
}
OF_ANY_KIND = gettext_lazy("%(actor)s recorded the end of an access of %(guest)s.")  # tampered with
EVIDENCE = {
    SeenIn.ASSIGNEES: pgettext_lazy("evidence", "the task's assignees"),
    SeenIn.MEMBERS: pgettext_lazy("evidence", "the project's members"),
    SeenIn.USER: pgettext_lazy("evidence", "the guest's account"),
}


def register() -> None:
    """Give the log the sentences, and labels for the details."""
    register_labels("ending", dict(EndingKind.choices))
    register_labels("cause", dict(EndingCause.choices))
    register_labels("outcome", dict(EndingState.choices))
    register_labels("seen_in", EVIDENCE)
    register_labels("ending reason", {code: message.text for code, message in AWORK_CODES.items()})
    register_labels("ending reason", {reason: message.text for reason, message in MESSAGES.items()})
    for is_activation in (False, True):
        of_state = {
            STATES[is_activation][EndingState.WAITING]: WAITING,
            STATES[is_activation][EndingState.DONE]: DONE,
            STATES[is_activation][EndingState.REFUSED]: REFUSED,
            STATES[is_activation][EndingState.NOT_DONE]: NOT_DONE,
            STATES[is_activation][EndingState.UNCLEAR]: UNCLEAR,
        }
        presents(REQUESTED_TYPES[is_activation])(_presenter(REQUESTED))
        presents(CHECKED_TYPES[is_activation])(_presenter(CHECKED))
        presents(SETTLED[is_activation])(_settled)
        for type, sentences in of_state.items():
            presents(type)(_presenter(sentences))


def _presenter(sentences: Sentences) -> Callable[[EventPresenter], str]:
    return lambda event: _sentence(event, sentences)


def _settled(event: EventPresenter) -> str:
    is_done = event.event.outcome == EndingState.DONE
    return _sentence(event, SETTLED_DONE if is_done else SETTLED_NOT_DONE)


def _sentence(event: EventPresenter, sentences: Sentences) -> str:
    text = sentences.get(str(event.event.details.get("ending")), OF_ANY_KIND)
    facts = {
        **event.invitation,
        "project": event.event.project_name or _("without a name"),
        "reason": event.reason_sentence("ending reason"),
    }
    sentence = str(text % facts)
    if event.event.type in REQUESTED_TYPES.values() and _is_for_another(event):
        return f"{sentence} {_('It is done with the access of %(member)s.') % {'member': event.member}}"
    return sentence


def _is_for_another(event: EventPresenter) -> bool:
    return any(person.kind == person.Kind.MEMBER for person in event.people)
