"""Webhooks: administrators add receivers, turn them off and on, retry and remove them."""

import secrets
from base64 import b64encode
from uuid import UUID

from django.db import IntegrityError, transaction

from invites.audit.catalogue import EventType, Json
from invites.audit.record import record
from invites.models import Webhook
from portal import clock, encryption
from portal.actor import Actor
from portal.integrity import PRIMARY_KEY, violated
from portal.models import User

SECRET_START = "whsec_"  # noqa: S105  # as in the specification of Standard Webhooks
SECRET_BYTES = 32


def add(
    id: UUID, *, purpose: str, url: str, format: str, of_portal: bool, user: User, by: Actor
) -> str | None:
    """Add a receiver and return its secret, for the only time.

    `id` is that of the form: None if it has added one before.
    """
    secret = SECRET_START + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    now = clock.now()
    webhook = Webhook(
        id=id,
        workspace=user.workspace,
        purpose=purpose,
        url=url,
        secret=encryption.encrypt(secret),
        format=format,
        of_portal=of_portal,
        created_by=user,
        created_at=now,
        due_at=now,
    )
    try:
        with transaction.atomic():
            webhook.save(force_insert=True)
            record(EventType.WEBHOOK_ADDED, by=by, details=details(webhook) | {"of_portal": of_portal})
    except IntegrityError as error:
        if violated(error, Webhook) != PRIMARY_KEY:
            raise
        return None
    return secret


@transaction.atomic
def turn(webhook: Webhook, *, on: bool, by: Actor) -> bool:
    """Turn it on or off; False if it was. When it is on again, it goes on where it stopped."""
    changed = Webhook.objects.filter(pk=webhook.pk, is_on=not on)
    if not changed.update(is_on=on, due_at=clock.now()):
        return False
    record(EventType.WEBHOOK_CHANGED, by=by, outcome="on" if on else "off", details=details(webhook))
    return True


@transaction.atomic
def retry(webhook: Webhook, *, by: Actor) -> bool:
    """Send at once what failed; False if nothing has failed."""
    failed = Webhook.objects.filter(pk=webhook.pk).exclude(problem="")
    if not failed.update(due_at=clock.now(), parked_at=None):
        return False
    record(EventType.WEBHOOK_CHANGED, by=by, outcome="retried", details=details(webhook))
    return True


@transaction.atomic
def remove(webhook: Webhook, *, by: Actor) -> bool:
    """Remove it for good, with its secret and position; False if it was removed before."""
    if not Webhook.objects.filter(pk=webhook.pk).delete()[0]:
        return False
    record(EventType.WEBHOOK_REMOVED, by=by, details=details(webhook) | {"delivered": webhook.position})
    return True


def details(webhook: Webhook) -> dict[str, Json]:
    """What events say of it: of its URL the host only, since the rest may hold secrets."""
    return {"purpose": webhook.purpose, "receiver": webhook.host}


def reencrypt(webhook_id: UUID) -> bool:
    """Encrypt its secret with the first of TOKEN_KEYS; whether it was not already.

    Raises `InvalidToken` if no key decrypts it.
    """
    webhook = Webhook.objects.filter(pk=webhook_id).first()
    if webhook is None or encryption.is_current(webhook.secret):
        return False
    same = Webhook.objects.filter(pk=webhook_id, secret=webhook.secret)
    return bool(same.update(secret=encryption.reencrypt(webhook.secret)))
