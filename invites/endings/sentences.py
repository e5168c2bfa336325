"""What the audit log says of endings: a sentence for each type of event and each kind of ending."""

from collections.abc import Callable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from invites.audit.catalogue import EventType
from invites.audit.presenters import EventPresenter, presents, register_labels
from invites.endings.reasons import MESSAGES
from invites.messages import AWORK_CODES
from invites.models import EndingCause, EndingKind, EndingState

Sentences = Mapping[str, str | Promise]

REQUESTED: Sentences = {
    EndingKind.TASK: gettext_lazy("%(actor)s asked to unassign %(guest)s from %(task)s."),
    EndingKind.PROJECT: gettext_lazy("%(actor)s asked to remove %(guest)s from the project %(project)s."),
    EndingKind.WORKSPACE: gettext_lazy("%(actor)s asked to deactivate %(guest)s in awork."),
}
WAITING: Sentences = {
    EndingKind.TASK: gettext_lazy("Unassigning %(guest)s from %(task)s waits: %(reason)s"),
    EndingKind.PROJECT: gettext_lazy("Removing %(guest)s from the project %(project)s waits: %(reason)s"),
    EndingKind.WORKSPACE: gettext_lazy("Deactivating %(guest)s in awork waits: %(reason)s"),
}
DONE: Sentences = {
    EndingKind.TASK: gettext_lazy("%(guest)s was unassigned from %(task)s for %(actor)s."),
    EndingKind.PROJECT: gettext_lazy("%(guest)s was removed from the project %(project)s for %(actor)s."),
    EndingKind.WORKSPACE: gettext_lazy("%(guest)s was deactivated in awork for %(actor)s."),
}
REFUSED: Sentences = {
    EndingKind.TASK: gettext_lazy("awork refused to unassign %(guest)s from %(task)s: %(reason)s"),
    EndingKind.PROJECT: gettext_lazy(
        "awork refused to remove %(guest)s from the project %(project)s: %(reason)s"
    ),
    EndingKind.WORKSPACE: gettext_lazy("awork refused to deactivate %(guest)s: %(reason)s"),
}
NOT_DONE: Sentences = {
    EndingKind.TASK: gettext_lazy("%(guest)s was not unassigned from %(task)s: %(reason)s"),
    EndingKind.PROJECT: gettext_lazy("%(guest)s was not removed from the project %(project)s: %(reason)s"),
    EndingKind.WORKSPACE: gettext_lazy("%(guest)s was not deactivated in awork: %(reason)s"),
}
UNCLEAR: Sentences = {
    EndingKind.TASK: gettext_lazy(
        "It's unclear whether awork unassigned %(guest)s from %(task)s: %(reason)s"
    ),
    EndingKind.PROJECT: gettext_lazy(
        "It's unclear whether awork removed %(guest)s from the project %(project)s: %(reason)s"
    ),
    EndingKind.WORKSPACE: gettext_lazy("It's unclear whether awork deactivated %(guest)s: %(reason)s"),
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
}
SETTLED_NOT_DONE: Sentences = {
    EndingKind.TASK: gettext_lazy("%(actor)s checked with awork: %(guest)s is still assigned to %(task)s."),
    EndingKind.PROJECT: gettext_lazy(
        "%(actor)s checked with awork: %(guest)s is still in the project %(project)s."
    ),
    EndingKind.WORKSPACE: gettext_lazy("%(actor)s checked with awork: %(guest)s is still active there."),
}
OF_ANY_KIND = gettext_lazy("%(actor)s recorded the end of an access of %(guest)s.")  # tampered with
EVIDENCE = {
    "assignees": pgettext_lazy("evidence", "the task's assignees"),
    "members": pgettext_lazy("evidence", "the project's members"),
    "user": pgettext_lazy("evidence", "the guest's account"),
}


def register() -> None:
    """Give the log the sentences, and labels for the details."""
    register_labels("ending", dict(EndingKind.choices))
    register_labels("cause", dict(EndingCause.choices))
    register_labels("outcome", dict(EndingState.choices))
    register_labels("seen_in", EVIDENCE)
    register_labels("ending reason", {code: message.text for code, message in AWORK_CODES.items()})
    register_labels("ending reason", {reason: message.text for reason, message in MESSAGES.items()})
    for type, sentences in {
        EventType.ENDING_REQUESTED: REQUESTED,
        EventType.ENDING_WAITING: WAITING,
        EventType.ENDING_DONE: DONE,
        EventType.ENDING_REFUSED: REFUSED,
        EventType.ENDING_NOT_DONE: NOT_DONE,
        EventType.ENDING_UNCLEAR: UNCLEAR,
        EventType.ENDING_CHECKED: CHECKED,
    }.items():
        presents(type)(_presenter(sentences))
    presents(EventType.ENDING_SETTLED)(_settled)


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
    if event.event.type == EventType.ENDING_REQUESTED and event.people and _is_for_another(event):
        return f"{sentence} {_('It is done with the access of %(member)s.') % {'member': event.member}}"
    return sentence


def _is_for_another(event: EventPresenter) -> bool:
    return any(person.kind == person.Kind.MEMBER for person in event.people)
