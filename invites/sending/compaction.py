"""Removing deleted rows from the database's files, where they stay until they are overwritten."""

import logging
import time
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection

from invites.audit import search

TABLES = (
    "audit_person",
    search.TABLE,
    "invites_ending",
    "invites_guest",
    "invites_invitation",
    "invites_reviewitem",
    "invites_taskcomment",
    "portal_session",
    "portal_pendingrole",
    "portal_pendingsignin",
)
STATISTICS = "pg_catalog.pg_statistic"  # samples of values, for PostgreSQL's planner
PROBE = "portal_pendingrole"  # a small one, to find out whether rewriting the others would help
ATTEMPTS = 5  # a second apart: most transactions end soon
LOCK_TIMEOUT = "3s"  # while this waits for a table, so does everybody else
# Rewriting a table copies the rows that a transaction from before `last` may still see, and leaves in
# `relfrozenxid` from which transaction on it copied none.
REMAINS = "SELECT max(age(relfrozenxid)) >= age(%s::xid) FROM pg_class WHERE oid = ANY(%s::regclass[])"

log = logging.getLogger(__name__)


def compact() -> bool:
    """Rewrite the tables that hold personal data; returns whether the files now hold no deleted row.

    They may where another process still reads the database as it was before. Locks each table while it is
    rewritten; SQLite rewrites its whole file.
    """
    if settings.DATABASE_POOL:  # it would keep the lock timeout, for others
        log.error("erased, but not compacted: run erase_guest again, not through the pool")
        return False
    try:
        with connection.cursor() as cursor:
            done = _sqlite(cursor) if connection.vendor == "sqlite" else _postgresql(cursor)
    except DatabaseError:
        log.exception("erased, but the database could not be compacted: run erase_guest again")
        return False
    if not done:
        log.error("erased, but a reader keeps deleted rows in the database's files: run erase_guest again")
    return done


def _sqlite(cursor: Any) -> bool:
    search.compact()
    cursor.execute("VACUUM")
    cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return not cursor.fetchone()[0]  # a reader blocked it; SQLite raises nothing


def _postgresql(cursor: Any) -> bool:
    cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
    try:
        deleted = _transaction(cursor)
        if not _rewrite_alone(cursor, PROBE, deleted):
            return False
        for table in TABLES:
            cursor.execute(f"VACUUM (FULL, ANALYZE) {table}")
        # ANALYZE has replaced statistics: transactions that began after `deleted` may see the old ones.
        statistics_rewritten = _rewrite_alone(cursor, STATISTICS, _transaction(cursor))
    finally:
        cursor.execute("RESET lock_timeout")
    return statistics_rewritten and not _rows_remain(cursor, TABLES, deleted)


def _transaction(cursor: Any) -> str:
    """A new transaction's ID: what was deleted before has a lower one."""
    cursor.execute("SELECT pg_current_xact_id()::text")
    return str(cursor.fetchone()[0])


def _rewrite_alone(cursor: Any, table: str, last: str) -> bool:
    """Rewrite a table; waits a few seconds for the transactions that see rows deleted before `last`."""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(1)
        cursor.execute(f"VACUUM FULL {table}")
        if not _rows_remain(cursor, [table], last):
            return True
    return False


def _rows_remain(cursor: Any, tables: Iterable[str], last: str) -> bool:
    cursor.execute(REMAINS, [last, list(tables)])
    return bool(cursor.fetchone()[0])
