"""Sentences about the desk itself: the policy, the log and its key, backups, erasures."""

from django.utils.translation import gettext as _

from invites.audit.catalogue import EventType
from invites.audit.presenters import EventPresenter, presents
from portal.language import grouped


@presents(EventType.SETTINGS_CHANGED)
def settings_changed(event: EventPresenter) -> str:
    number = event.event.details.get("policy")
    if number:
        text = _("%(actor)s saved version %(number)s of the policy.")
        return text % {"actor": event.actor, "number": number}
    return _("%(actor)s changed settings.") % {"actor": event.actor}


@presents(EventType.EXPORTED)
def exported(event: EventPresenter) -> str:
    rows = event.event.details.get("rows", "")
    return _("%(actor)s exported the log: %(rows)s events.") % {"actor": event.actor, "rows": rows}


@presents(EventType.VERIFIED)
def verified(event: EventPresenter) -> str:
    details = event.event.details
    if event.event.outcome == "whole":
        text = _("%(actor)s verified the log up to event %(number)s: nothing was changed or removed.")
        return text % {"actor": event.actor, "number": details.get("events", "?")}
    text = _("%(actor)s verified the log: it is broken at event %(number)s.")
    return text % {"actor": event.actor, "number": details.get("sequence", "?")}


@presents(EventType.ERASED)
def erased(event: EventPresenter) -> str:
    pseudonym = event.event.details.get("pseudonym", "")
    text = _("%(actor)s erased the personal data of %(pseudonym)s.")
    return text % {"actor": event.actor, "pseudonym": pseudonym}


@presents(EventType.RESTORED)
def restored(event: EventPresenter) -> str:
    before, after = event.number("last_before"), event.number("last_after")
    text = _("%(actor)s restored a backup that ends with event %(after)s. No later event is known.")
    if before > after:
        text = _("%(actor)s restored a backup. Events %(first)s to %(before)s were lost.")
    numbers = {"after": after, "first": after + 1, "before": before}
    shown = {name: grouped(one) for name, one in numbers.items()}
    return text % {"actor": event.actor, **shown}


@presents(EventType.KEY_ROTATED)
def key_rotated(event: EventPresenter) -> str:
    number = event.event.sequence - 1
    text = _("%(actor)s replaced the key that signs checkpoints. The old key signed up to event %(number)s.")
    if not number:
        text = _("%(actor)s replaced the key that signs checkpoints, before the first event.")
    return text % {"actor": event.actor, "number": grouped(number)}
