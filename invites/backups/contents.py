"""What a database or a backup holds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

Query = Callable[[str], Sequence[tuple[Any, ...]]]
APPS = ("audit", "invites", "portal")
TABLES = ("portal_workspace", "invites_invitation", "audit_event")
LATEST = f"SELECT app, max(name) FROM django_migrations WHERE app IN {APPS} GROUP BY app ORDER BY app"  # noqa: S608
ENDS = "SELECT workspace, max(sequence), max(at) FROM audit_event GROUP BY workspace ORDER BY workspace"
SECONDS = len("2026-11-28 08:38:19")


class BackupError(Exception):
    """A backup could not be written or restored; says why."""


@dataclass(frozen=True)
class Contents:
    """The counts of a database, the last event of each chain, and the latest migration of each app."""

    workspaces: int
    invitations: int
    events: int
    ends: Sequence[tuple[Any, ...]]  # chain, number and time of the last event
    migrations: Sequence[tuple[Any, ...]]

    @property
    def is_empty(self) -> bool:
        """Whether a restore would replace nothing."""
        return not (self.workspaces or self.invitations or self.events)

    def lines(self) -> Iterator[str]:
        """The same as text."""
        yield f"workspaces: {self.workspaces}, invitations: {self.invitations}, events: {self.events}"
        for workspace, number, at in self.ends:
            yield f"{_hyphened(workspace)}: last event {number}, {str(at)[:SECONDS]} UTC"
        yield f"migrations: {', '.join(f'{app} {name}' for app, name in self.migrations)}"


def _hyphened(workspace: Any) -> Any:
    """An id as it is written elsewhere; SQLite has it without hyphens. One that was tampered with stays."""
    try:
        return UUID(str(workspace))
    except ValueError:
        return workspace


def contents(run: Query) -> Contents:
    """What the desk's tables hold; `run` runs a statement and returns all rows."""
    workspaces, invitations, events = (run(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES)  # noqa: S608
    return Contents(workspaces, invitations, events, run(ENDS), run(LATEST))


def query(statement: str) -> Sequence[tuple[Any, ...]]:
    """Run a statement in the database of the settings."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
        return rows
