"""Single values of awork's JSON, each of the type that it has to be."""

from uuid import UUID

JSON = None | bool | int | float | str | list["JSON"] | dict[str, "JSON"]
Object = dict[str, JSON]
TEXT_LENGTH = 1000  # characters; as many as the portal's columns for names have


class InvalidPayload(ValueError):
    """The answer does not have the shape that the portal relies on."""


def mapping(value: JSON) -> Object:
    """An object."""
    if not isinstance(value, dict):
        raise InvalidPayload
    return value


def items(value: JSON) -> list[JSON]:
    """A list; awork says null for an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidPayload
    return value


def text(value: JSON, limit: int = TEXT_LENGTH) -> str:
    """At most `limit` characters, "" for null, no NUL and no half of a pair: what a database takes."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidPayload
    return value.replace("\x00", "").encode("utf-8", "replace").decode()[:limit]


def flag(value: JSON) -> bool:
    """A truth value that has to be there."""
    if not isinstance(value, bool):
        raise InvalidPayload
    return value


def number(value: JSON) -> int:
    """A whole number that has to be there."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidPayload
    return value


def identity(value: JSON) -> UUID:
    """An id that has to be there."""
    if not isinstance(value, str):
        raise InvalidPayload
    return UUID(value)


def identity_or_none(value: JSON) -> UUID | None:
    """An id, or None for null."""
    return None if value is None else identity(value)
