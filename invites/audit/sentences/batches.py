"""Sentences about batches."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from invites.audit.catalogue import EventType
from invites.audit.presenters import EventPresenter, presents
from portal.language import grouped


@presents(EventType.BATCH_STARTED)
def batch_started(event: EventPresenter) -> str:
    count = event.number("lines")
    text = ngettext(
        "%(actor)s started a batch of %(count)s invitation.",
        "%(actor)s started a batch of %(count)s invitations.",
        count,
    )
    return text % {"actor": event.actor, "count": grouped(count)}


@presents(EventType.BATCH_PAUSED)
def batch_paused(event: EventPresenter) -> str:
    if event.event.details.get("reason"):
        text = _("The desk paused a batch of %(actor)s: %(reason)s")
        return text % {"actor": event.actor, "reason": event.reason_sentence("pause reason")}
    return _("%(actor)s paused a batch.") % {"actor": event.actor}


@presents(EventType.BATCH_RESUMED)
def batch_resumed(event: EventPresenter) -> str:
    count = event.number("lines")
    if not count:
        return _("%(actor)s resumed a batch.") % {"actor": event.actor}
    text = ngettext(
        "%(actor)s retried %(count)s invitation of a batch.",
        "%(actor)s retried %(count)s invitations of a batch.",
        count,
    )
    return text % {"actor": event.actor, "count": grouped(count)}


@presents(EventType.BATCH_STOPPED)
def batch_stopped(event: EventPresenter) -> str:
    return _("%(actor)s stopped a batch.") % {"actor": event.actor}


@presents(EventType.BATCH_FINISHED)
def batch_finished(event: EventPresenter) -> str:
    return _("A batch of %(actor)s was finished.") % {"actor": event.actor}
