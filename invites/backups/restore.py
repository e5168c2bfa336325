"""Restoring a backup, with an event in each chain that says what was lost."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader

from invites.audit import delivery
from invites.audit.checkpoints import Statement
from invites.audit.keys import KeyReplaced
from invites.audit.models import Event
from invites.audit.restored import known_ends, known_handovers, record_restore
from invites.audit.verify import workspaces
from invites.backups.backup import DATABASES
from invites.backups.contents import APPS, TABLES, BackupError, Contents, contents, query
from invites.batches import control
from invites.models import Batch, BatchState
from portal.actor import Actor, for_command


@dataclass(frozen=True)
class Restored:
    """What the backup held, and the `restored` event of each chain."""

    contents: Contents
    events: list[Event]
    paused: int  # batches that ran
    forgotten: int  # checkpoints that waited for delivery


def restore(file: Path, lines: Iterable[str], *, replace: bool) -> Restored:
    """Replace the database by a backup; `lines` are checkpoints from outside, which show what is lost.

    No checkpoint is delivered, not even later: the database may be a copy to try the restore with. Batches
    are paused: lines that were sent after the backup would be sent again. Raises `BackupError`, also where
    the database is not empty, unless told to `replace` it.
    """
    try:
        database = DATABASES[connection.vendor]
        _check_version(file, database.migrations(file))
        lines, present = list(lines), workspaces() if _is_used(replace=replace) else []
        ends, handovers = known_ends(lines, present), known_handovers(lines, present)
        database.load(file)
        call_command("migrate", interactive=False, verbosity=0)
        found = contents(query)
        with delivery.unpublished():
            return Restored(found, _record(ends, handovers), _pause_batches(), delivery.forget())
    except (OSError, DatabaseError, KeyReplaced) as problem:
        raise BackupError(str(problem)) from problem


def _check_version(file: Path, applied: set[tuple[str, str]]) -> None:
    known = set(MigrationLoader(None).disk_migrations)
    ours = {(app, name) for app, name in applied if app in APPS}
    if not ours:
        raise BackupError(f"{file} is not a backup of the desk.")
    if newer := ours - known:
        names = ", ".join(f"{app} {name}" for app, name in sorted(newer))
        raise BackupError(
            f"{file} was written by a newer version of the desk, with these migrations: {names}"
        )


def _is_used(*, replace: bool) -> bool:
    """Whether the desk's tables are there; raises `BackupError` if that is too much."""
    tables = set(connection.introspection.table_names())
    is_ours = tables.issuperset(TABLES)
    if tables and not replace:
        held = contents(query) if is_ours else None
        if not held or not held.is_empty:
            what = "; ".join(held.lines()) if held else f"{len(tables)} tables of something else"
            raise BackupError(f"The database is not empty: {what}. --replace replaces it.")
    return is_ours


@transaction.atomic
def _record(ends: dict[UUID, int], handovers: list[Statement]) -> list[Event]:
    chains = sorted({*workspaces(), *ends})
    return [record_restore(ends.get(one, 0), handovers, by=_actor(one)) for one in chains]


def _pause_batches() -> int:
    running = Batch.objects.filter(state=BatchState.RUNNING)
    return sum(control.pause(one.id, by=_actor(one.workspace_id)) for one in running)


def _actor(workspace: UUID) -> Actor:
    return for_command(workspace, "restore")
