"""One order of locks: rows first, the audit chain last. Every test that writes an event is held to it.

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


class LockOrder:
    """Watches one test's connection; `problems` are statements that came after the chain was locked."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.holder: str | None = None

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        # The test itself runs in a transaction, so that of the code is the outermost savepoint in it.
        current = connection.savepoint_ids[0] if connection.savepoint_ids else None
        if current is None or current != self.holder:
            self.holder = None
        if self.holder:
            self._check(sql)
        result = execute(sql, params, many, context)
        if APPENDS.search(sql):
            self.holder = current
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
