"""What awork delivers when something happens to a user: a hint to look, and nothing more.

Deliveries are not signed, may be repeated, late or missing, and everybody who may read awork's settings
knows their secret. So nothing of them is stored or believed: the guests that they
name are due to be asked about now.
"""

import json
from hmac import compare_digest
from uuid import UUID

from django.db.models import QuerySet

from invites.models import AworkUpdates, Guest
from invites.updates.connect import EVENTS, digest
from portal import clock
from portal.awork import fields, parse
from portal.email_addresses import key_of

MAX_BYTES = 100_000
SECRET_LENGTH = 200  # characters; longer ones aren't hashed
NO_DIGEST = "0" * 64
OTHER = "other"  # a type of event that the desk did not ask for
JUST_ADDED = 20  # guests whose accounts are unknown


def authenticate(updates_id: UUID, secret: str) -> AworkUpdates | None:
    """The connection with this id and secret; takes as long with a wrong secret as with a right one."""
    updates = AworkUpdates.objects.filter(pk=updates_id).first()
    given = digest(secret[:SECRET_LENGTH])
    known = [updates.digest, updates.new_digest] if updates else []
    matches = [compare_digest(given, one or NO_DIGEST) for one in (known or [NO_DIGEST, NO_DIGEST])]
    return updates if any(matches) else None


def receive(updates: AworkUpdates, body: bytes) -> int:
    """Make due the guests that a delivery names; returns how many. What can't be read names nobody."""
    now = clock.now()
    event, ids, emails = _parse(body)
    AworkUpdates.objects.filter(pk=updates.pk).update(delivered_at=now, event=event)
    guests = Guest.objects.filter(workspace=updates.workspace_id)
    named = guests.filter(awork_id__in=ids)
    if ids and not named.exists():
        named = _with_unknown_account(guests, emails)
    return named.filter(next_check_at__gt=now).update(next_check_at=now)


def _with_unknown_account(guests: QuerySet[Guest], emails: set[str]) -> QuerySet[Guest]:
    """Whom an account may belong to that no guest is known by: to the address, or to one just invited."""
    without = guests.filter(awork_id=None)
    if emails:
        return without.filter(email_key__in=emails)
    newest = without.order_by("-invited_at", "-id").values_list("pk", flat=True)[:JUST_ADDED]
    return guests.filter(pk__in=list(newest))


def _parse(body: bytes) -> tuple[str, set[UUID], set[str]]:
    """The type of event, and the ids and addresses of the user."""
    try:
        found = fields.mapping(json.loads(body))
        event, user_id = found.get("eventType"), UUID(str(found.get("entityId")))
    except (ValueError, RecursionError):
        return OTHER, set(), set()
    try:
        user = parse.user(found.get("entity"))
    except ValueError:
        emails = set()
    else:
        emails = {key_of(email) for email in (user.email, *user.other_emails) if email}
    return (str(event) if event in EVENTS else OTHER), {user_id}, emails
