"""Handling rows one by one."""

import pytest
from django.db import OperationalError

from portal.each import run_each


class Broken(Exception):
    pass


def fails(error):
    def handle():
        raise error

    return handle


def always():
    return True


def test_the_results_are_added_up():
    assert run_each([("a", lambda: 1), ("b", lambda: False), ("c", lambda: True)], always, duty="test") == 2


def test_a_failed_row_is_logged_and_holds_up_no_other(caplog):
    done = []
    rows = [
        ("first", fails(Broken("one"))),
        ("second", fails(Broken("two"))),
        ("third", lambda: done.append(1) or 1),
    ]
    with pytest.raises(Broken, match="two"):
        run_each(rows, always, duty="close-reviews")
    assert done == [1]
    assert [name in caplog.text for name in ("first", "second", "third")] == [True, True, False]


def test_a_database_that_is_away_ends_it_at_once():
    done = []
    with pytest.raises(OperationalError):
        run_each([("a", fails(OperationalError())), ("b", lambda: done.append(1) or 1)], always, duty="test")
    assert done == []


def test_it_ends_when_it_should_not_go_on():
    answers = iter([True, False])
    assert run_each([("a", lambda: 1), ("b", lambda: 1)], lambda: next(answers), duty="test") == 1
