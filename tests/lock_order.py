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


def in_transaction() -> bool:
    """Whether the code has a transaction open, apart from the one in which the test runs."""
    return any(not block._from_testcase for block in connection.atomic_blocks)


class LockOrder:
    """Watches one test's connection; `problems` are statements that came after the chain was locked."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.chain_is_locked = False

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not in_transaction():  # also at the end of one: its savepoint is released inside the test's own
            self.chain_is_locked = False
        if self.chain_is_locked:
            self._check(sql)
        result = execute(sql, params, many, context)
        self.chain_is_locked = in_transaction() and (self.chain_is_locked or bool(APPENDS.search(sql)))
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
