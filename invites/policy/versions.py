"""Saving a policy: always another version, with its event."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.models import PolicyVersion
from invites.policy.rules import Rules, dump
from portal.actor import Actor
from portal.models import User


class VersionConflict(Exception):
    """Somebody else has saved another version meanwhile."""


def save_version(rules: Rules, *, after: int, saved_by: User, by: Actor) -> PolicyVersion:
    """Save the version that follows `after`; raises `VersionConflict` where that is no longer the last one.

    The event holds what changed, before and after.
    """
    try:
        with transaction.atomic():
            return _save_version(rules, after, saved_by, by)
    except IntegrityError:
        raise VersionConflict from None


def _save_version(rules: Rules, after: int, saved_by: User, by: Actor) -> PolicyVersion:
    current = PolicyVersion.current(saved_by.workspace_id)
    if current.number != after:
        raise VersionConflict
    before, now = dump(current.rules), dump(rules)
    changed = [name for name in now if now[name] != before[name]]
    version = PolicyVersion.objects.create(
        workspace=saved_by.workspace,
        number=after + 1,
        saved_at=timezone.now(),
        saved_by=saved_by,
        rules=now,
    )
    record(
        EventType.SETTINGS_CHANGED,
        by=by,
        details={
            "policy": version.number,
            "before": {name: before[name] for name in changed},
            "after": {name: now[name] for name in changed},
        },
    )
    return version
