"""Single values of awork's JSON."""

from functools import partial
from uuid import UUID

import pytest

from portal.awork import fields

number = partial(fields.number, least=0, most=100)


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (fields.mapping, {"a": 1}, {"a": 1}),
        (fields.items, [1], [1]),
        (fields.items, None, []),
        (fields.mappings, [{"a": 1}], [{"a": 1}]),
        (fields.mappings, None, []),
        (fields.text, "Zoë", "Zoë"),
        (fields.text, None, ""),
        (fields.flag, False, False),
        (number, 0, 0),
        (number, 100, 100),
        (fields.identity, str(UUID(int=7)), UUID(int=7)),
        (fields.identity_or_none, None, None),
    ],
)
def test_a_valid_value(read, value, expected):
    assert read(value) == expected


@pytest.mark.parametrize(
    ("read", "values"),
    [
        (fields.mapping, [None, [], "a", 1]),
        (fields.items, [{}, "a", 1, False]),
        (fields.mappings, [{}, "a", [None], [[]]]),
        (fields.text, [1, False, [], {}]),
        (fields.flag, [None, 0, 1, "true", []]),
        (number, [None, 1.5, "1", True, -1, 101, 10**400, float("nan"), float("inf")]),
        (fields.identity, [None, 7, "", "x", [], "00000000"]),
        (fields.identity_or_none, [7, "", "x"]),
    ],
)
def test_a_value_of_another_type_is_invalid(read, values):
    for value in values:
        with pytest.raises(ValueError):
            read(value)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("7", 7),
        ("7.5", 7.5),
        ("0", 1),
        ("-600000", 1),
        ("-inf", 1),
        ("600000", 60),
        ("inf", 60),
        ("9" * 400, 60),
        ("nan", None),
        ("", None),
        ("soon", None),
        ("7, 7", None),
        ("0x7", None),
    ],
)
def test_a_number_in_a_header_is_moved_into_its_bounds(said, expected):
    assert fields.header_number({"wait": said}, "wait", least=1, most=60) == expected


def test_a_missing_header_is_no_number():
    assert fields.header_number({}, "wait", least=1, most=60) is None


def test_texts_lose_characters_that_databases_reject():
    assert fields.text("a\x00b\ud800c") == "ab?c"


def test_texts_are_truncated_to_the_length_of_the_columns():
    assert fields.text("x" * 5000) == "x" * 1000
    assert fields.text("\x00x" * 5000, 40) == "x" * 40
