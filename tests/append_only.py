"""A pytest plugin: lets the tests that commit empty the audit log afterwards, which its triggers refuse."""

from typing import Any

from django.db import connection
from django.test import TransactionTestCase

from invites.audit import search, triggers

teardown = TransactionTestCase._fixture_teardown


def _fixture_teardown(self: Any) -> None:
    triggers.remove("default")
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {search.TABLE}")
        teardown(self)
    finally:
        triggers.install("default")


TransactionTestCase._fixture_teardown = _fixture_teardown
