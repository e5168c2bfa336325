"""The keys of feeds: each person makes and revokes their own, one for each feed."""

from uuid import UUID

from django.db import IntegrityError, transaction

from invites.audit.catalogue import EventType, Json
from invites.audit.record import record
from invites.models import Feed, FeedKey
from portal import clock, issued_secrets
from portal.actor import Actor
from portal.integrity import PRIMARY_KEY, violated
from portal.models import User

START = "deskfeed_"


def create(id: UUID, feed: Feed, *, user: User, by: Actor) -> str | None:
    """Create a key of this user and return it, for the only time; the one before is revoked.

    `id` is that of the form: None if it has created a key before.
    """
    key, stored = issued_secrets.issue(START)
    row = FeedKey(id=id, user=user, feed=feed, **stored)
    try:
        with transaction.atomic():
            User.objects.select_for_update(of=("self",)).get(pk=user.pk)
            before = valid_key(user, feed)
            if before:
                FeedKey.objects.filter(pk=before.pk).update(revoked_at=clock.now())
            row.save(force_insert=True)
            if before:
                record(EventType.FEED_KEY_REVOKED, by=by, details=_details(before))
            record(EventType.FEED_KEY_CREATED, by=by, details=_details(row))
    except IntegrityError as error:
        if violated(error, FeedKey) != PRIMARY_KEY:
            raise
        return None
    return key


@transaction.atomic
def revoke(key: FeedKey, *, by: Actor) -> bool:
    """Revoke the key at once; False if it was revoked before."""
    if not FeedKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=clock.now()):
        return False
    record(EventType.FEED_KEY_REVOKED, by=by, details=_details(key))
    return True


def valid_key(user: User, feed: Feed) -> FeedKey | None:
    """The key with which this feed of the user can be read."""
    return FeedKey.objects.filter(user=user, feed=feed, revoked_at=None).first()


def find(key: str, feed: Feed) -> FeedKey | None:
    """The valid key of this feed."""
    keys = FeedKey.objects.filter(feed=feed).select_related("user__workspace")
    return issued_secrets.find(keys, key)


def note_use(key: FeedKey, *, by: Actor) -> None:
    """Store the time of use, with an event for the first one of each day."""
    first = lambda: record(EventType.FEED_READ, by=by, details=_details(key))  # noqa: E731
    issued_secrets.note_use(key, on_first_of_day=first)


def _details(key: FeedKey) -> dict[str, Json]:
    return {"feed": key.feed, "prefix": key.prefix}
