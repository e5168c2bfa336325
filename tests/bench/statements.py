"""What an invitation and a sign-in ask of the database: statements, and commits that wait for the disk.

    .venv/bin/python -m tests.bench.statements [--list]

On SQLite, or on a database of its own on the server of DATABASE_URL. The person's first invitation finds
nothing cached and no rate counters; a further one goes to the same task for another guest. The task has two
assignees to restore, unless the line says otherwise. An earlier measurement gave 63 statements and five
waiting commits without saying how; the person's first invitation on SQLite gave the same here.

- **Statements** are all that go through Django's cursors: queries, SAVEPOINT and RELEASE, PRAGMA and SET,
  and on SQLite BEGIN. COMMIT, and on PostgreSQL BEGIN, go past the cursors: they are listed, not counted.
- **Commits** are those that wrote something, of transactions and of statements outside any.
- **Waiting** commits return when the disk has the data: on SQLite those under `PRAGMA synchronous=FULL`,
  on PostgreSQL those of transactions with `synchronous_commit` on. Both are asked of the database at each
  commit, as is whether anything was written: on SQLite by its count of changed rows, on PostgreSQL by
  whether the transaction has an id. For that, a statement outside any transaction gets one of its own there.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench.in_process import Desk, Request, desk

ROOT = Path(__file__).resolve().parents[2]
SEEN_FRAMES = 3
FULL = 2  # what SQLite calls it
KINDS = ("SELECT", "INSERT", "UPDATE", "DELETE", "SAVEPOINT", "RELEASE", "BEGIN", "PRAGMA", "SET")
WRITTEN = "SELECT pg_current_xact_id_if_assigned() IS NOT NULL, current_setting('synchronous_commit')"


@dataclass
class Statement:
    sql: str
    params: str = ""
    origin: str = ""
    is_counted: bool = True
    commit: str = ""  # "waits", "does not wait", or nothing where nothing was committed

    @property
    def kind(self) -> str:
        word = self.sql.split(maxsplit=1)[0].upper()
        return word if word in KINDS else "SELECT"


class Sqlite:
    """Asks SQLite what a commit means."""

    def __init__(self, raw: Any) -> None:
        self.raw = raw
        self.changes = raw.total_changes

    def is_open(self) -> bool:
        return bool(self.raw.in_transaction)

    def commit(self) -> str:
        """What the commit that is due, or was just made, means."""
        has_written, self.changes = self.raw.total_changes != self.changes, self.raw.total_changes
        if not has_written:
            return ""
        waits = self.raw.execute("PRAGMA synchronous").fetchone()[0] >= FULL
        return "waits" if waits else "does not wait"

    def after_commit(self) -> None:
        """Count the rows that full-text search writes while it commits as part of that commit."""
        self.changes = self.raw.total_changes

    def alone(self, execute: Callable[[], Any]) -> tuple[Any, str]:
        """Run a statement that is in no transaction."""
        result = execute()
        return result, "" if self.is_open() else self.commit()


class Postgresql:
    """Asks PostgreSQL what a commit means."""

    def __init__(self, raw: Any) -> None:
        self.raw = raw

    def is_open(self) -> bool:
        return not self.raw.autocommit

    def commit(self) -> str:
        """What the commit that is due means."""
        has_written, synchronous = self.raw.execute(WRITTEN).fetchone()
        if not has_written:
            return ""
        return "does not wait" if synchronous == "off" else "waits"

    def after_commit(self) -> None:
        """Nothing to do."""

    def alone(self, execute: Callable[[], Any]) -> tuple[Any, str]:
        """Run a statement that is in no transaction, in one that can be asked."""
        self.raw.execute("BEGIN")
        try:
            result = execute()
            commit = self.commit()
        except BaseException:
            self.raw.execute("ROLLBACK")
            raise
        self.raw.execute("COMMIT")
        return result, commit


@dataclass
class Recorder:
    """Lists what a request asks of the database."""

    found: list[Statement] = field(default_factory=list)

    def __call__(self, request: Request) -> Any:
        from django.db import connection

        connection.ensure_connection()
        self.found.clear()
        self.database = {"sqlite": Sqlite, "postgresql": Postgresql}[connection.vendor](connection.connection)
        with connection.execute_wrapper(self._execute), self._commits(connection):
            return request()

    def _execute(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statement = Statement(" ".join(sql.split()), repr(params) if params else "", origin())
        self.found.append(statement)
        work = partial(execute, sql, params, many, context)
        if self.database.is_open():
            return work()
        result, statement.commit = self.database.alone(work)
        return result

    @contextmanager
    def _commits(self, connection: Any) -> Iterator[None]:
        commit = connection._commit

        def noted() -> None:
            self.found.append(Statement("COMMIT", "", origin(), False, self.database.commit()))
            commit()
            self.database.after_commit()

        connection._commit = noted
        try:
            yield
        finally:
            del connection._commit


def origin() -> str:
    """The innermost functions of the project that led here, the innermost first."""
    names: list[str] = []
    frame = sys._getframe(2)
    while frame and len(names) < SEEN_FRAMES:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in {"portal", "invites"}:
            inside = path.relative_to(ROOT).with_suffix("").as_posix()
            names.append(f"{inside}:{frame.f_lineno} {frame.f_code.co_name}")
        frame = frame.f_back  # type: ignore[assignment]
    return " < ".join(names)


def print_summary(name: str, found: list[Statement]) -> None:
    counted = [one for one in found if one.is_counted]
    kinds = Counter(one.kind for one in counted)
    commits = Counter(one.commit for one in found if one.commit)
    print(f"\n{name}: {len(counted)} statements")
    print("    " + ", ".join(f"{kinds[kind]} {kind}" for kind in KINDS if kinds[kind]))
    print(f"    commits: {commits.total()}, of which {commits['waits']} wait for the disk")


def print_repeated(found: list[Statement]) -> None:
    """What is asked more than once; `same` is how often with the same values as before."""
    queries = [one for one in found if one.is_counted and one.kind in KINDS[:4]]
    times = Counter(shape(one) for one in queries)
    same = Counter((shape(one), one.params) for one in queries)
    print("    asked more than once:")
    for sql, count in times.most_common():
        again = sum(number - 1 for (known, _), number in same.items() if known == sql)
        if count > 1:
            print(f"    {count} x ({again} same) {short(sql, 130)}")


def shape(statement: Statement) -> str:
    """The statement without its values."""
    return re.sub(r"'[^']*'|\b[0-9a-f]{32}\b", "?", statement.sql)


def short(sql: str, length: int) -> str:
    """The statement with long lists of columns left out."""
    columns = re.sub(r'SELECT ((?:"\w+"\.)?"\w+"(?: AS "\w+")?,? ?){4,}', "SELECT ... ", sql)
    columns = re.sub(r"\(([^()]*,){4}[^()]*\)", "(...)", columns)
    return columns if len(columns) <= length else f"{columns[:length]}..."


def print_list(found: list[Statement]) -> None:
    number = 0
    for one in found:
        number += one.is_counted
        mark = f"{number:3}" if one.is_counted else "  -"
        print(f"    {mark} {short(one.sql, 220)}")
        for more in filter(None, (one.params[:160], one.origin, one.commit and f"=> commit {one.commit}")):
            print(f"            {more}")


def requests(here: Desk) -> Iterator[tuple[str, list[Statement]]]:
    invite, recorder = partial(here.invite, team=True), Recorder()
    invite(recorder, cold=True)
    yield "POST /invite/, the person's first", recorder.found
    invite(recorder)
    yield "POST /invite/, a further one", recorder.found
    here.invite(recorder)
    yield "POST /invite/, a further one, no assignees", recorder.found
    here.sign_in(recorder)
    yield "sign-in", recorder.found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--list", action="store_true", help="print each statement and where it comes from")
    arguments = parser.parse_args()
    with desk() as here:
        from django.db import connection

        print(f"on {connection.display_name}")
        for name, found in requests(here):
            print_summary(name, found)
            print_repeated(found)
            if arguments.list:
                print_list(found)


if __name__ == "__main__":
    main()
