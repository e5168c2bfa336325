"""Reads single values of awork's responses, each of the type and within the bounds that it has to be."""

import math
from collections.abc import Mapping
from uuid import UUID

JSON = None | bool | int | float | str | list["JSON"] | dict[str, "JSON"]
Object = dict[str, JSON]
TEXT_LENGTH = 1000  # characters, as many as our columns for names have


class InvalidPayload(ValueError):
    """The response doesn't have the fields that we rely on."""


def mapping(value: JSON) -> Object:
    """A JSON object."""
    if not isinstance(value, dict):
        raise InvalidPayload
    return value


def items(value: JSON) -> list[JSON]:
    """A list; awork sends null for an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidPayload
    return value


def mappings(value: JSON) -> list[Object]:
    """A list of JSON objects."""
    return [mapping(item) for item in items(value)]


def text(value: JSON, limit: int = TEXT_LENGTH) -> str:
    """At most `limit` characters, "" for null; without NUL and lone surrogates, which databases reject."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidPayload
    return value.replace("\x00", "").encode("utf-8", "replace").decode()[:limit]


def flag(value: JSON) -> bool:
    """A boolean, required."""
    if not isinstance(value, bool):
        raise InvalidPayload
    return value


def number(value: JSON, *, least: int, most: float) -> int:
    """An integer within these bounds, required."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InvalidPayload
    return value


def header_number(headers: Mapping[str, str], name: str, *, least: int, most: int) -> float | None:
    """The number in a header, moved into these bounds; None if there is none, or no single number."""
    try:
        value = float(headers.get(name, ""))
    except ValueError:
        return None
    return None if math.isnan(value) else min(max(value, least), most)


def identity(value: JSON) -> UUID:
    """An id, required."""
    if not isinstance(value, str):
        raise InvalidPayload
    return UUID(value)


def identity_or_none(value: JSON) -> UUID | None:
    """An id, or None for null."""
    return None if value is None else identity(value)
