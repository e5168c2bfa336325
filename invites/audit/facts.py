"""What an event's page lists besides its sentence: the recorded details, each as people read it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invites.audit import checkpoints, problems
from invites.audit.catalogue import EventType
from invites.audit.filters import EventFilter
from invites.audit.presenters import EventPresenter, register_labels, spaced
from portal.language import grouped
from portal.roles import DeskRole, Permission
from portal.signals import Revocation

NAMES: dict[str, str | Promise] = {
    "access": gettext_lazy("Seen"),
    "action": gettext_lazy("Action"),
    "attempt": gettext_lazy("Attempt"),
    "cause": gettext_lazy("Cause"),
    "checkpoints": gettext_lazy("Checkpoints compared"),
    "confirmed": gettext_lazy("Confirmed"),
    "deleted_projects": gettext_lazy("Private projects deleted"),
    "days": gettext_lazy("Days before"),
    "delivered": gettext_lazy("Delivered up to event"),
    "due": gettext_lazy("Due day"),
    "elsewhere": gettext_lazy("Sessions ended elsewhere"),
    "ended": gettext_lazy("Ended"),
    "ends_on": gettext_lazy("Ends on"),
    "ending": gettext_lazy("What ends"),
    "events": gettext_lazy("Verified up to event"),
    "evidence": gettext_lazy("Evidence"),
    "hidden": gettext_lazy("Hidden from users of awork Connect"),
    "grant": gettext_lazy("Access at awork"),
    "guests": gettext_lazy("Guests"),
    "has_reason": gettext_lazy("With a reason, which the review has"),
    "invitations": gettext_lazy("Invitations erased"),
    "last_after": gettext_lazy("Last event in the backup"),
    "last_before": gettext_lazy("Last known event"),
    "left_out": gettext_lazy("Left out, as they had no access"),
    "limit": gettext_lazy("Limit"),
    "line": gettext_lazy("Line"),
    "lines": gettext_lazy("Invitations"),
    "more": gettext_lazy("Further refusals"),
    "of_portal": gettext_lazy("Sends the portal's own events"),
    "parked_at": gettext_lazy("Parked at event"),
    "path": gettext_lazy("Page"),
    "pending_role": gettext_lazy("Desk role to be confirmed"),
    "feed": gettext_lazy("Feed"),
    "prefix": gettext_lazy("Begins with"),
    "previous": gettext_lazy("Before"),
    "problem": gettext_lazy("Problem"),
    "project": gettext_lazy("Project"),
    "pseudonym": gettext_lazy("Pseudonym"),
    "purpose": gettext_lazy("Purpose"),
    "reads_portal": gettext_lazy("Reads the portal's own events"),
    "reason": gettext_lazy("Reason"),
    "reassigned_projects": gettext_lazy("Private projects reassigned"),
    "receiver": gettext_lazy("Receiver"),
    "rest": gettext_lazy("Confirmed with all the rest of the page"),
    "right": gettext_lazy("Permission"),
    "role": gettext_lazy("Desk role"),
    "rows": gettext_lazy("Rows exported"),
    "rule": gettext_lazy("Rule"),
    "seconds": gettext_lazy("Within seconds"),
    "seen_in": gettext_lazy("Seen in"),
    "sequence": gettext_lazy("Broken at event"),
    "unanswered": gettext_lazy("Without an answer"),
}
UNREADABLE = (TypeError, ValueError, KeyError, AttributeError, NoReverseMatch)
FREE_TEXT = {(EventType.ERASED, "reason")}
DAYS = {"due", "ends_on", "previous"}
AS_RECORDED = {"path", "prefix", "project", "pseudonym", "purpose", "receiver"}
REASONS = {  # the labels of `details["reason"]`
    EventType.SIGN_IN_REFUSED.value: "sign-in refusal",
    EventType.SESSION_EXPIRED.value: "sign-in refusal",
    EventType.BATCH_PAUSED.value: "pause reason",
    **{
        type.value: "ending reason" for type in EventType if type.value.startswith(("ending-", "activation-"))
    },
}

for name in ("after", "before", "role", "pending_role"):
    register_labels(name, dict(DeskRole.choices))
register_labels(
    "right",
    {
        Permission.INVITE: gettext_lazy("send invitations"),
        Permission.SEE_ALL: gettext_lazy("see all invitations"),
        Permission.MANAGE_GUESTS: gettext_lazy("hand over guests and end their access"),
        Permission.AUDIT: gettext_lazy("read the audit log"),
        Permission.ADMINISTER: gettext_lazy("administer the desk"),
    },
)
register_labels(
    "grant",
    {
        Revocation.REVOKED: gettext_lazy("revoked"),
        Revocation.NOTHING: gettext_lazy("had ended before"),
        Revocation.FAILED: gettext_lazy("not revoked, as awork gave no answer or refused"),
    },
)
register_labels(
    "limit",
    {
        "sign-in": gettext_lazy("sign-ins"),
        "api": gettext_lazy("requests with an API token"),
        "feed": gettext_lazy("requests for a feed"),
        "export": gettext_lazy("exports and verifications"),
        "look-up": gettext_lazy("checks of addresses"),
        "list-check": gettext_lazy("checks of lists of guests"),
        "list-look-up": gettext_lazy("checks of addresses in lists"),
        "awork-updates": gettext_lazy("updates from awork"),
    },
)
register_labels(
    "action",
    {
        "connect": gettext_lazy("connect updates from awork"),
        "disconnect": gettext_lazy("disconnect updates from awork"),
    },
)
register_labels(
    "outcome",
    {
        "whole": gettext_lazy("nothing was changed or removed"),
        "csv": gettext_lazy("CSV"),
        "jsonl": gettext_lazy("JSON lines"),
        **dict(DeskRole.choices),
    },
)


@dataclass(frozen=True)
class Fact:
    """A name and a value, which may lead to the page of what it names."""

    name: str | Promise
    value: str
    url: str = ""


Show = Callable[[EventPresenter], Iterable[Fact]]
SHOWN: dict[str, Show] = {}
LINKS: dict[str, Callable[[Any], str]] = {}


def register_facts(name: str, show: Show) -> None:
    """Let `show` list what `details[name]` holds."""
    SHOWN[name] = show


def register_link(name: str, url: Callable[[Any], str]) -> None:
    """Link the value `name` of an event or of its details to this URL."""
    LINKS[name] = url


def link(name: str, value: Any) -> str:
    """The URL of the page of this value, or nothing."""
    return LINKS[name](value) if value and name in LINKS else ""


def facts(row: EventPresenter) -> list[Fact]:
    """The details of an event; what this version does not know is among the technical details only."""
    details = row.event.details
    found: list[Fact] = []
    for name in details if isinstance(details, dict) else ():
        with suppress(*UNREADABLE):  # tampered with
            found += _of(name, row)
    return found


def _of(name: str, row: EventPresenter) -> Iterable[Fact]:
    if name in SHOWN:
        return SHOWN[name](row)
    value = row.event.details[name]
    if name not in NAMES or not isinstance(value, str | int) or value == "":
        return []
    return [Fact(NAMES[name], _text(name, value, row), link(name, value))]


def _text(name: str, value: str | int, row: EventPresenter) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return grouped(value)
    if name in DAYS:
        return row.day(name) or str(value)
    if name == "problem":
        return problems.shown(value)
    if (row.event.type, name) in FREE_TEXT or name in AS_RECORDED:
        return value
    if name == "reason":
        return row.label(name, REASONS.get(row.event.type, "reason text"))
    return row.label(name)


def _erased(row: EventPresenter) -> Iterator[Fact]:
    value = row.event.details["erased"]
    if isinstance(value, list):
        yield Fact(_("Entries of the log erased"), grouped(len(value)))


def _handover(row: EventPresenter) -> Iterator[Fact]:
    handover = checkpoints.parse(row.event.details["handover"])
    yield Fact(_("Old public key"), handover.key)
    yield Fact(_("New public key"), handover.successor)


def _filters(row: EventPresenter) -> Iterator[Fact]:
    value = row.event.details["filters"]
    if not isinstance(value, dict):
        return
    named = [_filter(name, content) for name, content in value.items()]
    yield Fact(_("Filters"), ", ".join(named) or _("none: all of them"))


def _filter(name: str, content: Any) -> str:
    """Of free text, which may name a guest, only that it was used is recorded."""
    known = {"q": _("Search"), "from": _("From"), "to": _("To")}
    field = EventFilter.base_fields.get(name)
    label = known.get(name) or (str(field.label) if field else spaced(name))
    if content is True:
        return label
    types = dict(EventType.choices)
    return f"{label}: {types.get(content, spaced(content)) if name == 'type' else content}"


register_facts("erased", _erased)
register_facts("filters", _filters)
register_facts("handover", _handover)
