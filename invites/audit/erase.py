"""Erasing a guest from the log: deletes their `Person` rows and keeps the chain valid.

Each affected chain gets an event that lists the erased people by sequence and position, so that verification
can tell an erasure from tampering.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import chain as joined
from uuid import UUID

from django.db.models import Q

from invites.audit import chain, search
from invites.audit.catalogue import EventType
from invites.audit.models import Event, Person, people_of
from invites.audit.record import record
from invites.audit.redact import Redactor
from portal.actor import Actor
from portal.email_addresses import key_of


@dataclass(frozen=True)
class Guest:
    """The guest to erase: the address, its known awork ids, and the pseudonym to use from now on."""

    email: str
    ids: frozenset[UUID]
    pseudonym: str


def erase(
    guest: Guest, *, workspaces: Collection[UUID], by: Actor, reason: str, invitations: int = 0
) -> list[Event]:
    """Delete the guest's data from these chains; returns the events that record it.

    The actor's own chain always gets an event, with the number of erased `invitations`. Call it as the last
    step of a transaction. The address is removed from `reason`. Other writers wait from here on, so that no
    event that names the guest comes between reading the log and the event of the erasure.
    """
    for workspace in sorted({by.workspace, *workspaces}):
        chain.lock(workspace)
    places: dict[UUID, list[tuple[Event, Person]]] = {by.workspace: []}
    for event, person in _places(guest, workspaces):
        places.setdefault(event.workspace, []).append((event, person))
    _empty(list(joined.from_iterable(places.values())))
    return [
        record(
            EventType.ERASED,
            by=replace(by, workspace=workspace),
            outcome="erased",
            details={
                "pseudonym": guest.pseudonym,
                "reason": Redactor(guest.email).text(reason),
                "erased": [[event.sequence, person.position] for event, person in found],
                **({"invitations": invitations} if workspace == by.workspace else {}),
            },
        )
        for workspace, found in sorted(places.items())
    ]


def count_events(guest: Guest, workspaces: Collection[UUID]) -> int:
    """How many events of these chains name the guest."""
    return len({event.id for event, _ in _places(guest, workspaces)})


def awork_ids(email: str) -> set[UUID]:
    """The awork ids that the log has for an address."""
    found = Person.objects.filter(email=key_of(email)).values_list("awork_id", flat=True)
    return {one for one in found if one}


def _places(guest: Guest, workspaces: Collection[UUID]) -> list[tuple[Event, Person]]:
    people = _people(guest)
    events = Event.objects.in_bulk({person.event for person in people})
    placed = [(events[person.event], person) for person in people]
    found = [place for place in placed if place[0].workspace in workspaces]
    return sorted(found, key=lambda place: (place[0].id, place[1].position))


def _people(guest: Guest) -> list[Person]:
    """The rows of the guest, and those of exports that were filtered by the address or its IP address."""
    known = list(Person.objects.filter(Q(email=key_of(guest.email)) | Q(awork_id__in=guest.ids)))
    addresses = {person.ip_address for person in known if person.ip_address}
    sought = Person.objects.filter(kind=Person.Kind.SOUGHT, ip_address__in=addresses)
    return known + list(sought.exclude(id__in=[person.id for person in known]))


def _empty(places: list[tuple[Event, Person]]) -> None:
    Person.objects.filter(id__in=[person.id for _, person in places]).delete()
    events = list({event.id: event for event, _ in places}.values())
    search.remove([event.id for event in events])
    people = people_of(events)
    for event in events:
        search.index(event, people[event.id])
