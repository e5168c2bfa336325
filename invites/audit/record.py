"""Recording events: the only way to write to the audit log."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from django.db import models, transaction

from invites.audit import chain, checkpoints, log_lines, search
from invites.audit.catalogue import EventType, Json
from invites.audit.models import Event, Person
from invites.audit.redact import Redactor
from invites.audit.snapshot import Snapshot
from portal.actor import Actor
from portal.awork.schemas import Assignee, Exchange
from portal.email_addresses import key_of
from portal.models import User

SALT_BYTES = 32
NOBODY = Snapshot()


class UnknownType(TypeError):
    """Raised for a type that is not in the catalogue."""


class OutsideTransaction(RuntimeError):
    """Raised outside a transaction: an event must share that of its change."""


def record(
    type: EventType,
    *,
    by: Actor,
    snapshot: Snapshot | None = None,
    exchange: Exchange | None = None,
    outcome: str = "",
    details: Mapping[str, Json] | None = None,
    assignees: Iterable[Assignee] = (),
    others: Iterable[Person] = (),
    numbered_after: int = 0,
) -> Event:
    """Append an event to the chain of the actor's workspace, within the caller's transaction.

    `assignees` and `others` are further people in the event. Like the guest they can be erased later, so
    never put names into `details`. Events up to `numbered_after` were lost (see `restored`). Locks the
    chain until the transaction ends: record as its last step.
    Raises `UnknownType` and `OutsideTransaction`; if this raises, the change must be rolled back too.
    """
    if not isinstance(type, EventType):
        raise UnknownType(f"not in the catalogue: {type!r}")
    if not transaction.get_connection().in_atomic_block:
        raise OutsideTransaction(f"{type.value} was recorded outside a transaction")
    about = snapshot or NOBODY
    people = [*_guest(about), *_assignees(assignees), *others]
    if type is EventType.SIGN_IN_REFUSED and (by.email or by.id):
        by, people = _unnamed(by), [*people, _refused(by)]
    redactor = Redactor(about.email)
    event = Event(**_copied(about, Event))
    event.outcome = outcome
    event.details = redactor.json(dict(details or {}))
    event.exchange = redactor.json(_exchange(exchange)) if exchange else None
    redactor.row(event)
    _by(event, by)
    Redactor().row(event)  # the actor may have the guest's address, and is named
    event.type = type.value
    _append(event, people, numbered_after)
    log_lines.write(event)
    return event


def member(user: User) -> Person:
    """A member whom an event is about, for `others`."""
    names = {"first_name": user.first_name, "last_name": user.last_name}
    return Person(kind=Person.Kind.MEMBER.value, awork_id=user.awork_id, email=key_of(user.email), **names)


def _append(event: Event, people: list[Person], numbered_after: int) -> None:
    redactor = Redactor()
    for person in people:
        redactor.row(person)
        person.salt = secrets.token_hex(SALT_BYTES)
    event.people = [chain.digest(person) for person in people]
    chain.append(event, numbered_after)
    for position, person in enumerate(people):
        person.event, person.position = event.id, position
    if people:
        Person.objects.bulk_create(people)
    search.index(event, people)
    if event.sequence % checkpoints.INTERVAL == 0:
        checkpoints.create(event)


def _copied(snapshot: Snapshot, model: type[models.Model]) -> dict[str, Any]:
    """The snapshot's values for fields of this model."""
    names = {field.name for field in model._meta.concrete_fields}
    return {field.name: getattr(snapshot, field.name) for field in fields(snapshot) if field.name in names}


def _by(event: Event, actor: Actor) -> None:
    event.workspace, event.request_id, event.actor_id = actor.workspace, actor.request_id, actor.id
    event.actor_name, event.actor_email = actor.name, actor.email
    event.ip_address, event.user_agent = actor.ip_address, actor.user_agent


def _guest(snapshot: Snapshot) -> list[Person]:
    if not snapshot.has_guest:
        return []
    guest = Person(**_copied(snapshot, Person), kind=Person.Kind.GUEST.value, awork_id=snapshot.guest_id)
    guest.email = key_of(guest.email)
    return [guest]


def _assignees(assignees: Iterable[Assignee]) -> list[Person]:
    kind = Person.Kind.TEAM.value
    return [
        Person(kind=kind, awork_id=one.id, first_name=one.first_name, last_name=one.last_name)
        for one in assignees
    ]


def _refused(actor: Actor) -> Person:
    """A refused person may be a guest, so their data must be erasable."""
    return Person(
        kind=Person.Kind.REFUSED.value,
        awork_id=actor.id,
        email=key_of(actor.email),
        first_name=actor.name,
        ip_address=actor.ip_address,
        user_agent=actor.user_agent,
    )


def _unnamed(actor: Actor) -> Actor:
    return replace(actor, id=None, name="", email="", ip_address="", user_agent="")


def _exchange(exchange: Exchange) -> dict[str, Any]:
    edge = {"edge_ref": exchange.edge_ref} if exchange.edge_ref else {}
    return edge | {
        "method": exchange.method,
        "path": exchange.path,
        "status": exchange.status,
        "code": exchange.code,
        "trace_id": exchange.trace_id,
        "milliseconds": exchange.milliseconds,
    }
