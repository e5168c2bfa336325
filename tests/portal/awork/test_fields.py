"""Single values of awork's JSON."""

from uuid import UUID

import pytest

from portal.awork import fields


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
        (fields.number, 0, 0),
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
        (fields.number, [None, 1.5, "1", True]),
        (fields.identity, [None, 7, "", "x", [], "00000000"]),
        (fields.identity_or_none, [7, "", "x"]),
    ],
)
def test_a_value_of_another_type_is_invalid(read, values):
    for value in values:
        with pytest.raises(ValueError):
            read(value)


def test_texts_lose_characters_that_databases_reject():
    assert fields.text("a\x00b\ud800c") == "ab?c"


def test_texts_are_truncated_to_the_length_of_the_columns():
    assert fields.text("x" * 5000) == "x" * 1000
    assert fields.text("\x00x" * 5000, 40) == "x" * 40
