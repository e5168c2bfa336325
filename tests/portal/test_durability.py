"""How much a commit waits for the disk."""

import pytest
from django.db import connection, transaction

from portal import durability

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="about SQLite's file"),
]
NORMAL, FULL = 1, 2  # SQLite's words for it


def synchronous():
    with connection.cursor() as cursor:
        return cursor.execute("PRAGMA synchronous").fetchone()[0]


def test_the_disk_is_spared_within_and_not_after():
    with durability.relaxed_durability():
        assert synchronous() == NORMAL
    assert synchronous() == FULL


def test_it_is_not_after_a_failure_either():
    with pytest.raises(ZeroDivisionError), durability.relaxed_durability():
        raise ZeroDivisionError
    assert synchronous() == FULL


def test_a_transaction_stays_as_it_began():
    with transaction.atomic(), durability.relaxed_durability():
        assert synchronous() == FULL
