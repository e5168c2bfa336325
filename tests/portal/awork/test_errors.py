"""awork's errors and error bodies."""

import inspect
import json

import pytest

from portal.awork import errors
from portal.awork.schemas import Exchange

EXCHANGE = Exchange("POST", "/tasks/assignuserbyemail", 500, "server-error", "trace", 12)
ALL = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, errors.AworkError)]


@pytest.mark.parametrize("error", ALL)
def test_errors_have_an_exchange_and_describe_it(error):
    problem = error(EXCHANGE)

    assert problem.exchange == EXCHANGE
    assert str(problem) == f"POST /tasks/assignuserbyemail: {error.__name__} 500"


def test_descriptions_stay_out_of_logs():
    assert "secret" not in str(errors.AworkRefused(EXCHANGE, "secret"))


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"code": 7}', b"\xff", b"[" * 5000, b"null"])
def test_an_unreadable_error_body_is_empty(body):
    assert errors.parse_error(body) == errors.ErrorBody()


def test_an_error_body():
    body = json.dumps({"code": "insufficient-seats", "description": "No seat", "traceId": "t-1"}).encode()
    assert errors.parse_error(body) == errors.ErrorBody("insufficient-seats", "No seat", "t-1")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            [{"property": "email", "message": "Unknown domain."}, {"message": "No."}],
            "Bad. Unknown domain. No.",
        ),
        ([{"property": "email", "message": None}, {"message": 3}, "x", None], "Bad."),
        ({"email": "x"}, "Bad."),
        (None, "Bad."),
    ],
)
def test_an_error_body_with_messages_about_fields(fields, said):
    body = json.dumps({"code": "validation-failed", "description": "Bad.", "validationErrors": fields})
    assert errors.parse_error(body.encode()) == errors.ErrorBody("validation-failed", said)


def test_long_error_texts_are_truncated():
    said = errors.parse_error(json.dumps({"code": "c" * 9000, "description": "d" * 9000}).encode())
    assert (len(said.code), len(said.description)) == (100, 2000)


def test_a_trace_id_is_truncated_to_the_length_of_its_column():
    assert len(errors.parse_error(json.dumps({"traceId": "x" * 10_000}).encode()).trace_id) == 100
