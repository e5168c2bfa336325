"""One order of locks: rows first, the audit chain last. Every test is held to it in its own thread.

Who holds the chain makes everybody else wait. Waiting for a row then, while its holder waits for the chain,
is a deadlock. So once a transaction has appended an event it may only touch the log's own tables.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

import pytest
from django.db import connection

APPENDS = re.compile(r'pg_advisory_xact_lock|INSERT INTO "?audit_event"?')
LOCKS_ROWS = re.compile(
    r'\s*(?:UPDATE|DELETE FROM) "?(?P<written>\w+)'
    r'|\s*SELECT .* FROM "?(?P<selected>\w+).* FOR (?:NO KEY )?UPDATE',
    re.DOTALL,
)


def open_transaction() -> Any:
    """The code's outermost transaction, apart from the one in which the test runs; None if it has none."""
    return next((block for block in connection.atomic_blocks if not block._from_testcase), None)


class LockOrder:
    """Watches one test's connection; `problems` are statements that came after the chain was locked."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.locked_in: Any = None  # the transaction that has locked the chain

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if open_transaction() is not self.locked_in:  # it ended, perhaps by an error
            self.locked_in = None
        if self.locked_in:
            self._check(sql)
        result = execute(sql, params, many, context)
        if APPENDS.search(sql):
            self.locked_in = open_transaction()
        return result

    def _check(self, sql: str) -> None:
        found = LOCKS_ROWS.match(sql)
        table = found and (found["written"] or found["selected"])
        if table and not table.startswith("audit_"):
            self.problems.append(sql)


@pytest.fixture(autouse=True)
def chain_is_locked_last(request: pytest.FixtureRequest) -> Iterator[LockOrder]:
    order = LockOrder()
    uses_database = "django_db" in request.keywords or "db" in request.fixturenames
    with connection.execute_wrapper(order) if uses_database else nullcontext():
        yield order
    assert order.problems == []
