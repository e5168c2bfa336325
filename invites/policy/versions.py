"""The current policy, and saving another version of it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.models import PolicyVersion
from invites.policy.describe import PartChange, diff
from invites.policy.rules import AtEnd, Policy, Rules, columns, dump, load
from portal import clock
from portal.actor import Actor
from portal.models import User


class VersionConflict(Exception):
    """Another version has been saved since."""


def current_policy(workspace_id: UUID) -> Policy:
    """The policy that applies in this workspace now."""
    latest = PolicyVersion.objects.filter(workspace=workspace_id).order_by("-number").first()
    return Policy(latest.number, load(latest.values)) if latest else Policy()


def automatic_ender(workspace_id: UUID) -> User | None:
    """Whose token ends access at end dates: who saved the policy that says so; None where it doesn't."""
    latest = PolicyVersion.objects.filter(workspace=workspace_id).order_by("-number").first()
    if latest is None or load(latest.values).at_end == AtEnd.ASK:
        return None
    return latest.saved_by


@transaction.atomic
def save_version(rules: Rules, *, after: int, saved_by: User, by: Actor) -> PolicyVersion:
    """Save the version after number `after`, or raise `VersionConflict` where that isn't the latest.

    Its event has the rules that change, before and after.
    """
    current = current_policy(saved_by.workspace_id)
    before, values = dump(current.rules), dump(rules)
    changed = [name for name in values if values[name] != before[name]]
    version, created = PolicyVersion.objects.get_or_create(
        workspace=saved_by.workspace,
        number=after + 1,
        defaults={"saved_at": clock.now(), "saved_by": saved_by, **columns(rules)},
    )
    if current.number != after or not created:
        raise VersionConflict
    record(
        EventType.SETTINGS_CHANGED,
        by=by,
        details={
            "policy": version.number,
            "before": {name: before[name] for name in changed},
            "after": {name: values[name] for name in changed},
        },
    )
    return version


def restored_number(version: PolicyVersion) -> int | None:
    """The number of the latest earlier version with the same rules; None if there is none."""
    rules = load(version.values)
    earlier = PolicyVersion.objects.filter(workspace=version.workspace_id, number__lt=version.number)
    return next((one.number for one in earlier.order_by("-number") if load(one.values) == rules), None)


def recorded_changes(workspace: UUID, details: Mapping[str, Any]) -> list[PartChange]:
    """What an event says that a version changed; names of unchanged roles come from the version itself."""
    saved = PolicyVersion.objects.filter(workspace=workspace, number=details["policy"]).first()
    base = dump(Rules()) | (saved.values if saved else {})
    return diff(load(base | details["before"]), load(base | details["after"]))
