"""Sentences about other systems: tokens, feeds, webhooks and updates from awork."""

from django.utils.translation import gettext as _

from invites.audit.catalogue import EventType
from invites.audit.presenters import EventPresenter, presents
from portal.language import grouped


@presents(EventType.API_TOKEN_CREATED)
def api_token_created(event: EventPresenter) -> str:
    text = _("%(actor)s created an API token for %(purpose)s.")
    return text % {"actor": event.actor, "purpose": event.event.details.get("purpose") or "?"}


@presents(EventType.API_TOKEN_REVOKED)
def api_token_revoked(event: EventPresenter) -> str:
    text = _("%(actor)s revoked the API token for %(purpose)s.")
    return text % {"actor": event.actor, "purpose": event.event.details.get("purpose") or "?"}


@presents(EventType.LOG_READ)
def log_read(event: EventPresenter) -> str:
    return _("%(actor)s read the log for the first time on this day (UTC).") % {"actor": event.actor}


@presents(EventType.FEED_KEY_CREATED)
def feed_key_created(event: EventPresenter) -> str:
    text = _("%(actor)s created a key for the feed “%(feed)s”.")
    return text % {"actor": event.actor, "feed": event.label("feed")}


@presents(EventType.FEED_KEY_REVOKED)
def feed_key_revoked(event: EventPresenter) -> str:
    text = _("%(actor)s revoked their key for the feed “%(feed)s”.")
    return text % {"actor": event.actor, "feed": event.label("feed")}


@presents(EventType.FEED_READ)
def feed_read(event: EventPresenter) -> str:
    text = _("The feed “%(feed)s” of %(actor)s was read for the first time on this day (UTC).")
    return text % {"actor": event.actor, "feed": event.label("feed")}


@presents(EventType.WEBHOOK_ADDED)
def webhook_added(event: EventPresenter) -> str:
    text = _("%(actor)s added a webhook for %(purpose)s, which sends the log to %(receiver)s.")
    return text % {"actor": event.actor, **_webhook(event)}


@presents(EventType.WEBHOOK_CHANGED)
def webhook_changed(event: EventPresenter) -> str:
    texts = {
        "on": _("%(actor)s turned on the webhook for %(purpose)s."),
        "off": _("%(actor)s turned off the webhook for %(purpose)s."),
        "retried": _("%(actor)s retried the webhook for %(purpose)s."),
    }
    text = texts.get(event.event.outcome, _("%(actor)s changed the webhook for %(purpose)s."))
    return text % {"actor": event.actor, **_webhook(event)}


@presents(EventType.WEBHOOK_REMOVED)
def webhook_removed(event: EventPresenter) -> str:
    text = _("%(actor)s removed the webhook for %(purpose)s.")
    return text % {"actor": event.actor, **_webhook(event)}


@presents(EventType.WEBHOOK_PARKED)
def webhook_parked(event: EventPresenter) -> str:
    text = _("The webhook for %(purpose)s is parked at event %(number)s: it can't be delivered.")
    number = grouped(event.number("parked_at"))
    return text % {**_webhook(event), "number": number}


def _webhook(event: EventPresenter) -> dict[str, str]:
    return {name: str(event.event.details.get(name) or "?") for name in ("purpose", "receiver")}


@presents(EventType.AWORK_UPDATES)
def awork_updates(event: EventPresenter) -> str:
    connects = {
        "requested": _("%(actor)s asked awork to send updates about users."),
        "done": _("%(actor)s connected updates from awork."),
        "refused": _("awork refused to send updates about users, which %(actor)s asked for."),
        "not done": _("awork was not reached when %(actor)s connected its updates."),
    }
    disconnects = {
        "requested": _("%(actor)s asked awork to send no more updates about users."),
        "done": _("%(actor)s disconnected updates from awork."),
        "refused": _("awork refused to end its updates about users, which %(actor)s asked for."),
        "not done": _("awork was not reached when %(actor)s disconnected its updates."),
    }
    texts = disconnects if event.event.details.get("action") == "disconnect" else connects
    unclear = _("It is unclear whether awork changed its updates about users, as %(actor)s asked.")
    return texts.get(event.event.outcome, unclear) % {"actor": event.actor}
