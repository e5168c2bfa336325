"""Full-text search for events, in an index that is not part of the chain.

It contains names of guests, so erasing a person also removes their words. `portal.search` says what words are
and what a term finds. The index is an FTS5 table on SQLite and a tsvector column on PostgreSQL.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from invites.audit.models import Event, Person
from portal.search import PERCENT, terms, words
from portal.web.pagination import KeysetPaginator, Position

TABLE = "audit_search"
TOKENS = f"unicode61 remove_diacritics 0 tokenchars '_{PERCENT}'"
CREATE = {
    "sqlite": [f'CREATE VIRTUAL TABLE {TABLE} USING fts5(document, tokenize="{TOKENS}")'],
    "postgresql": [
        f"CREATE TABLE {TABLE} (event bigint PRIMARY KEY, document tsvector NOT NULL)",
        f"CREATE INDEX {TABLE}_document ON {TABLE} USING gin (document)",
    ],
}
KEY = {"sqlite": "rowid", "postgresql": "event"}
WRITE = {
    "sqlite": f"INSERT INTO {TABLE} (rowid, document) VALUES (%s, %s)",  # noqa: S608
    "postgresql": f"INSERT INTO {TABLE} (event, document) VALUES (%s, %s::tsvector)",  # noqa: S608
}
MATCH = {
    "sqlite": [f"{TABLE} MATCH %s", f"audit_event.id = +{TABLE}.rowid"],
    "postgresql": [f"{TABLE}.document @@ %s::tsquery", f"audit_event.id = {TABLE}.event"],
}


def create(editor: BaseDatabaseSchemaEditor) -> None:
    """Make the index's table."""
    for statement in CREATE[editor.connection.vendor]:
        editor.execute(statement)


def drop(editor: BaseDatabaseSchemaEditor) -> None:
    """Remove the index's table."""
    editor.execute(f"DROP TABLE {TABLE}")


def document(event: Event, people: list[Person]) -> list[str]:
    """The words of an event, and the marker of its workspace."""
    exchange = event.exchange or {}
    parts = [event.actor_name, event.actor_email, event.task_key, event.task_name, event.project_name]
    parts += [str(exchange.get(name) or "") for name in ("trace_id", "edge_ref")]
    for person in people:
        parts += [person.first_name, person.last_name, person.email]
    return [*words(" ".join(parts)), mark(event.workspace)]


def mark(workspace: UUID) -> str:
    """A word that cannot be typed, so that a search only reads events of the workspace."""
    return f"_{workspace.hex[:16]}"


def index(event: Event, people: list[Person]) -> None:
    """Add an event to the index."""
    with connection.cursor() as cursor:
        cursor.execute(WRITE[connection.vendor], [event.id, stored(document(event, people))])


def remove(events: list[int]) -> None:
    """Remove these events from the index."""
    key = KEY[connection.vendor]
    with connection.cursor() as cursor:
        cursor.executemany(f"DELETE FROM {TABLE} WHERE {key} = %s", [(one,) for one in events])  # noqa: S608


def compact() -> None:
    """Purge removed words: SQLite keeps them in the index until its segments are merged."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {TABLE} ({TABLE}) VALUES ('optimize')")  # noqa: S608


def stored(found: list[str]) -> str:
    """A document in the database's format."""
    if connection.vendor == "sqlite":
        return " ".join(found)
    return " ".join(f"'{word}':{place}" for place, word in enumerate(found, 1))


def query(text: str, workspaces: Iterable[UUID]) -> str:
    """A search as a query, "" without terms: single words match as prefixes, phrases match exactly.

    (The beginning of a frequent word costs PostgreSQL a look at all that have it: not for `example` in an
    address.)
    """
    sqlite = connection.vendor == "sqlite"
    write, all_of, one_of = (_fts5, " AND ", " OR ") if sqlite else (_tsquery, " & ", " | ")
    found = [write(term) for term in terms(text)]
    marks = one_of.join(_quoted(mark(one)) for one in workspaces)
    return all_of.join([*found, f"({marks})"]) if found else ""


def _quoted(word: str) -> str:
    return f'"{word}"' if connection.vendor == "sqlite" else f"'{word}'"


def _fts5(term: list[str]) -> str:
    return f'"{" ".join(term)}"' + (" *" if len(term) == 1 else "")


def _tsquery(term: list[str]) -> str:
    return f"'{term[0]}':*" if len(term) == 1 else "(" + " <-> ".join(f"'{word}'" for word in term) + ")"


def matching(events: models.QuerySet[Event], text: str, workspaces: Iterable[UUID]) -> models.QuerySet[Event]:
    """Those of these workspaces' events that have all words of `text`."""
    asked = query(text, workspaces)
    if not asked:
        return events.none() if text.strip() else events
    return events.extra(tables=[TABLE], where=MATCH[connection.vendor], params=[asked])  # noqa: S610


class SearchPaginator(KeysetPaginator[Event]):
    """Pages of what `matching` finds, in the order of the index: by the event's id."""

    def ordered(self, rows: models.QuerySet[Event], *, reverse: bool = False) -> models.QuerySet[Event]:
        sign = "" if reverse else "-"
        return rows.extra(order_by=[f"{sign}{TABLE}.{KEY[connection.vendor]}"])

    def beyond(
        self, rows: models.QuerySet[Event], position: Position, *, reverse: bool = False
    ) -> models.QuerySet[Event]:
        where = f"{TABLE}.{KEY[connection.vendor]} {'>' if reverse else '<'} %s"
        return rows.extra(where=[where], params=list(position))  # noqa: S610
