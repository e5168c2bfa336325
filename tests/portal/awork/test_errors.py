"""What can go wrong at awork."""

import inspect

import pytest

from portal.awork import errors
from portal.awork.schemas import Exchange

EXCHANGE = Exchange("POST", "/tasks/assignuserbyemail", 500, "server-error", "trace", 12)
ALL = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, errors.AworkError)]


@pytest.mark.parametrize("error", ALL)
def test_each_carries_its_exchange_and_is_told_by_it(error):
    problem = error(EXCHANGE)

    assert problem.exchange == EXCHANGE
    assert str(problem) == f"POST /tasks/assignuserbyemail: {error.__name__} 500"


def test_only_what_is_unclear_may_have_had_its_effect():
    assert [error for error in ALL if error.left] == [errors.Unclear]


def test_what_awork_says_stays_out_of_logs():
    assert "secret" not in str(errors.AworkRefused(EXCHANGE, "secret"))
