"""What a database or a backup holds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

Query = Callable[[str], Sequence[tuple[Any, ...]]]
APPS = ("audit", "invites", "portal")
TABLES = ("portal_workspace", "invites_invitation", "audit_event")
LATEST = f"SELECT app, max(name) FROM django_migrations WHERE app IN {APPS} GROUP BY app"  # noqa: S608
ENDS = "SELECT workspace, max(sequence), max(at) FROM audit_event GROUP BY workspace"


class BackupError(Exception):
    """A backup could not be written or restored; says why."""


@dataclass(frozen=True)
class Contents:
    """The counts of a database, the last event of each chain, and the latest migration of each app."""

    workspaces: int
    invitations: int
    events: int
    ends: list[tuple[Any, ...]]  # chain, number and time of the last event
    migrations: list[tuple[Any, ...]]

    @property
    def is_empty(self) -> bool:
        """Whether a restore would replace nothing."""
        return not (self.workspaces or self.invitations or self.events)

    def lines(self) -> Iterator[str]:
        """The same as text."""
        yield f"{self.workspaces} workspaces, {self.invitations} invitations, {self.events} events"
        yield from (f"{workspace}: last event {number}, {at} UTC" for workspace, number, at in self.ends)
        yield f"migrations: {', '.join(f'{app} {name}' for app, name in self.migrations)}"


def contents(run: Query) -> Contents:
    """What the desk's tables hold; `run` runs a statement and returns all rows."""
    workspaces, invitations, events = (run(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES)  # noqa: S608
    return Contents(workspaces, invitations, events, sorted(run(ENDS)), sorted(run(LATEST)))


def query(statement: str) -> Sequence[tuple[Any, ...]]:
    """Run a statement in the database of the settings."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
        return rows
