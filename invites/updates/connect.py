"""Connecting awork's webhook: awork then tells the desk at once what happens to users.

Each call is an event before it is made. awork shows a webhook's secret to everyone who may read its settings,
so a delivery proves nothing: see `receive`.
"""

import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from enum import StrEnum
from hashlib import sha256

from django.conf import settings
from django.db import transaction

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.models import AworkUpdates
from portal import clock
from portal.actor import Actor
from portal.awork.client import Client
from portal.awork.errors import AworkError, AworkRefused, NotFound, SignInExpired, Unclear
from portal.awork.schemas import AworkWebhook, Exchange
from portal.locks import HeldLock, named_lock
from portal.models import User

NAME = "Invitation desk"
EVENTS = ("user_added", "user_status_changed", "user_activation_changed", "user_deleted")
HEADER = "X-Desk-Secret"
SECRET_BYTES = 32
LOCK_SECONDS = 120


class Outcome(StrEnum):
    """What became of a call."""

    DONE = "done"
    REFUSED = "refused"
    NOT_DONE = "not done"  # awork was not reached
    UNCLEAR = "unclear"


def digest(secret: str) -> str:
    """What is stored of a secret; it is random, so a plain digest can't be guessed."""
    return sha256(secret.encode()).hexdigest()


def connect(user: User, client: Client, *, by: Actor) -> Outcome:
    """Have awork call the desk, with a new secret; also turns on what awork has paused.

    Raises `LockBusy` while another request does the same.
    """
    with _lock(user):
        secret = secrets.token_urlsafe(SECRET_BYTES)
        updates, is_new = _prepare(user, digest(secret), by)
        form = (NAME, settings.PORTAL_URL + updates.path, EVENTS, f"{HEADER}={secret}")

        def call() -> None:
            known = None if is_new else find(updates, client)
            made = client.turn_on_webhook(known.id, *form) if known else client.add_webhook(*form)
            updates.awork_id = made.id

        return _make(call, "connect", updates, by)


def disconnect(user: User, client: Client, *, by: Actor) -> Outcome | None:
    """Have awork call no more; None if nothing was connected. Raises `LockBusy` as `connect` does."""
    with _lock(user):
        updates = AworkUpdates.objects.filter(workspace=user.workspace_id).first()
        if updates is None:
            return None
        with transaction.atomic():
            _record("disconnect", "requested", by)

        def call() -> None:
            with suppress(NotFound):
                if known := find(updates, client):
                    client.delete_webhook(known.id)

        return _make(call, "disconnect", updates, by)


def find(updates: AworkUpdates, client: Client) -> AworkWebhook | None:
    """The webhook as awork has it now; None if it has none."""
    uri = settings.PORTAL_URL + updates.path
    return next((one for one in client.webhooks() if uri == one.uri or updates.awork_id == one.id), None)


def _lock(user: User) -> AbstractContextManager[HeldLock]:
    return named_lock(f"awork-updates:{user.workspace_id}", seconds=LOCK_SECONDS, wait=0)


@transaction.atomic
def _prepare(user: User, new_digest: str, by: Actor) -> tuple[AworkUpdates, bool]:
    values = {"user": user, "connected_at": clock.now(), "new_digest": new_digest}
    found = AworkUpdates.objects.update_or_create(workspace=user.workspace, defaults=values)
    _record("connect", "requested", by)
    return found


def _make(call: Callable[[], None], action: str, updates: AworkUpdates, by: Actor) -> Outcome:
    """Make a call and save with an event what came of it; raises `SignInExpired` after that."""
    problem: AworkError | None = None
    try:
        call()
        outcome = Outcome.DONE
    except AworkRefused as error:
        problem, outcome = error, Outcome.REFUSED
    except Unclear as error:
        problem, outcome = error, Outcome.UNCLEAR
    except AworkError as error:
        problem, outcome = error, Outcome.NOT_DONE
    with transaction.atomic():
        _store(updates, action, outcome)
        _record(action, outcome, by, problem.exchange if problem else None)
    if isinstance(problem, SignInExpired):
        raise problem
    return outcome


def _store(updates: AworkUpdates, action: str, outcome: Outcome) -> None:
    if outcome == Outcome.DONE and action == "disconnect":
        updates.delete()
    elif outcome == Outcome.DONE:
        updates.digest, updates.new_digest = updates.new_digest, ""
        updates.save(update_fields=["awork_id", "digest", "new_digest"])
    elif outcome != Outcome.UNCLEAR and action == "connect":
        if updates.digest:  # what was connected before stays
            AworkUpdates.objects.filter(pk=updates.pk).update(new_digest="")
        else:
            updates.delete()


def _record(action: str, outcome: str, by: Actor, exchange: Exchange | None = None) -> None:
    details = {"action": action}
    record(EventType.AWORK_UPDATES, by=by, exchange=exchange, outcome=outcome, details=details)
