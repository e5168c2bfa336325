"""Sentences about guests: their states, end dates and reviews."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from invites.audit.catalogue import EventType
from invites.audit.presenters import EventPresenter, presents, says
from portal.language import grouped

says(
    {
        EventType.GUEST_PENDING: gettext_lazy("%(guest)s has not accepted the invitation to awork yet."),
        EventType.GUEST_JOINED: gettext_lazy("%(guest)s has joined awork."),
        EventType.GUEST_ENDED: gettext_lazy("%(guest)s was deactivated or archived in awork."),
        EventType.GUEST_MOVED: gettext_lazy("%(guest)s was moved to awork Connect."),
        EventType.GUEST_GONE: gettext_lazy("%(guest)s is no longer in the workspace."),
    }
)


@presents(EventType.GUEST_HANDED_OVER)
def guest_handed_over(event: EventPresenter) -> str:
    text = _("%(actor)s made %(sponsor)s the sponsor of %(guest)s.")
    return text % {**event.invitation, "sponsor": event.member}


@presents(EventType.GUEST_END_DATE_SET)
def guest_end_date_set(event: EventPresenter) -> str:
    text = _("%(actor)s set the end date of %(guest)s to %(day)s.")
    if event.day("previous"):
        text = _("%(actor)s moved the end date of %(guest)s from %(previous)s to %(day)s.")
    days = {"day": event.day("ends_on") or "?", "previous": event.day("previous")}
    return text % {**event.invitation, **days}


@presents(EventType.GUEST_END_DATE_REMOVED)
def guest_end_date_removed(event: EventPresenter) -> str:
    text = _("%(actor)s removed the end date of %(guest)s, which was %(day)s.")
    return text % {**event.invitation, "day": event.day("previous") or "?"}


@presents(EventType.GUEST_END_WARNED)
def guest_end_warned(event: EventPresenter) -> str:
    text = _("%(actor)s warned %(people)s that the last day of access of %(guest)s is %(day)s.")
    facts = {"day": event.day("ends_on") or "?", "people": event.member}
    return text % {**event.invitation, **facts}


@presents(EventType.GUEST_END_DATE_PASSED)
def guest_end_date_passed(event: EventPresenter) -> str:
    texts = {
        "asked": _("The last day of access of %(guest)s, %(day)s, has passed. The sponsor has to decide."),
        "waiting": _(
            "The last day of access of %(guest)s, %(day)s, has passed. "
            "Ending it waits for an administrator, as nobody's access to awork can be used."
        ),
    }
    ends = _("The last day of access of %(guest)s, %(day)s, has passed. %(actor)s ends the access.")
    text = texts.get(event.event.outcome, ends)
    return text % {**event.invitation, "day": event.day("ends_on") or "?"}


@presents(EventType.GUESTS_EXPORTED)
def guests_exported(event: EventPresenter) -> str:
    rows = event.number("rows")
    text = ngettext("%(actor)s exported %(rows)s guest.", "%(actor)s exported %(rows)s guests.", rows)
    return text % {"actor": event.actor, "rows": grouped(rows)}


@presents(EventType.REVIEW_STARTED)
def review_started(event: EventPresenter) -> str:
    count = event.number("guests")
    text = ngettext(
        "%(actor)s started a review of %(count)s guest.",
        "%(actor)s started a review of %(count)s guests.",
        count,
    )
    return text % {"actor": event.actor, "count": grouped(count)}


@presents(EventType.GUEST_REVIEWED)
def guest_reviewed(event: EventPresenter) -> str:
    text = _("%(actor)s confirmed in a review that %(guest)s is still needed.")
    if event.event.outcome == "ended":
        text = _("%(actor)s decided in a review to end the access of %(guest)s.")
    elif event.event.outcome == "lapsed":
        text = _("Nobody answered in a review whether %(guest)s is still needed, so the access ends.")
    return text % event.invitation


@presents(EventType.REVIEW_CLOSED)
def review_closed(event: EventPresenter) -> str:
    text = _(
        "%(actor)s closed a review of guests: %(confirmed)s confirmed, %(ended)s ended, "
        "%(unanswered)s without an answer."
    )
    if event.event.outcome == "called-off":
        text = _(
            "%(actor)s called off a review of guests: %(confirmed)s confirmed, %(ended)s ended, "
            "%(unanswered)s without an answer."
        )
    names = ("confirmed", "ended", "unanswered")
    counts = {name: grouped(event.number(name)) for name in names}
    return text % {"actor": event.actor, **counts}


@presents(EventType.REVIEW_EXPORTED)
def review_exported(event: EventPresenter) -> str:
    rows = event.number("rows")
    text = ngettext(
        "%(actor)s exported the report of a review: %(rows)s guest.",
        "%(actor)s exported the report of a review: %(rows)s guests.",
        rows,
    )
    return text % {"actor": event.actor, "rows": grouped(rows)}
