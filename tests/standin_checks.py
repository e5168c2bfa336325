"""Checks requests and responses against awork's contract.

The contract is `tests/contract/contract.json`. awork's error object is also allowed for
the statuses in `ANYWHERE`, which every endpoint returns although few document them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote
from uuid import UUID

Schema = Mapping[str, Any]
ERROR = "ErrorResponse"
ANYWHERE = {"400", "401", "404", "413"}
DIGITS = re.compile(r"-?\d+")


@dataclass(frozen=True)
class Endpoint:
    """An endpoint of the contract, with the arguments in the request's path."""

    spec: Schema
    arguments: Mapping[str, str]


class Contract:
    """The contract; each check returns a list of problems."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.paths: Mapping[str, Mapping[str, Schema]] = facts["paths"]
        self.schemas: Mapping[str, Schema] = facts["schemas"]

    def endpoint(self, method: str, path: str) -> Endpoint | None:
        """The endpoint of a path; templates with fewer parameters are tried first."""
        for template in sorted(self.paths, key=lambda template: template.count("{")):
            match = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template), path)
            if match and method.lower() in self.paths[template]:
                arguments = {name: unquote(value) for name, value in match.groupdict().items()}
                return Endpoint(self.paths[template][method.lower()], arguments)
        return None

    def request(self, method: str, path: str, query: Mapping[str, str], body: Any) -> list[str]:
        """The problems of a request."""
        endpoint = self.endpoint(method, path)
        if endpoint is None:
            return [f"{method} {path}: no such endpoint"]
        problems = list(self._parameters(endpoint, query))
        if endpoint.spec["body"] is not None:
            problems += self._value(endpoint.spec["body"], body, "body")
        elif body not in (None, ""):
            problems.append("body: none is expected")
        return [f"{method} {path}: {problem}" for problem in problems]

    def answer(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """The problems of a response; `body` is parsed, or None if empty."""
        endpoint = self.endpoint(method, path)
        if endpoint is None:
            return [f"{method} {path}: no such endpoint"]
        answers = endpoint.spec["answers"]
        if str(status) in answers:
            schema = answers[str(status)]
        elif str(status) in ANYWHERE:
            schema = {"ref": ERROR}
        else:
            return [f"{method} {path}: {status} is not foreseen"]
        if schema is None:
            problems = [] if body is None else ["a body that is not foreseen"]
        else:
            problems = list(self._value(schema, body, "answer"))
        return [f"{method} {path}: {status}: {problem}" for problem in problems]

    def _parameters(self, endpoint: Endpoint, query: Mapping[str, str]) -> Iterator[str]:
        known = {(each["in"], each["name"]): each for each in endpoint.spec["parameters"]}
        for place, given in (("path", endpoint.arguments), ("query", query)):
            for name, value in given.items():
                if (place, name) in known:
                    yield from self._value(
                        known[place, name]["schema"], typed(known[place, name], value), name
                    )
                else:
                    yield f"{name}: no such parameter in the {place}"
        for (place, name), each in known.items():
            if each["required"] and place == "query" and name not in query:
                yield f"{name}: is missing"

    def _value(self, schema: Schema, value: Any, where: str) -> Iterator[str]:
        if "ref" in schema:
            yield from self._value(self.schemas[schema["ref"]], value, where)
        elif value is None:
            if not schema.get("nullable") and "type" in schema:
                yield f"{where}: may not be null"
        elif "type" in schema and not TYPES[schema["type"]](value):
            yield f"{where}: {type(value).__name__} is not {schema['type']}"
        else:
            yield from limits(schema, value, where)
            yield from self._inside(schema, value, where)

    def _inside(self, schema: Schema, value: Any, where: str) -> Iterator[str]:
        if isinstance(value, list) and "items" in schema:
            for index, item in enumerate(value):
                yield from self._value(schema["items"], item, f"{where}[{index}]")
        elif isinstance(value, dict):
            yield from self._fields(schema, value, where)

    def _fields(self, schema: Schema, value: Mapping[str, Any], where: str) -> Iterator[str]:
        fields = schema.get("fields", {})
        for name in schema.get("required", []):
            if name not in value:
                yield f"{where}.{name}: is missing"
        for name, inner in value.items():
            if name in fields:
                yield from self._value(fields[name], inner, f"{where}.{name}")
            elif schema.get("closed"):
                yield f"{where}.{name}: is not known"


def typed(parameter: Schema, value: str) -> Any:
    """Convert a parameter to its type."""
    kind = parameter["schema"].get("type")
    if kind == "integer" and DIGITS.fullmatch(value):
        return int(value)
    if kind == "boolean" and value in {"true", "false"}:
        return value == "true"
    return value


def limits(schema: Schema, value: Any, where: str) -> Iterator[str]:
    """Check format, enum, length and range."""
    if schema.get("format") in FORMATS and not FORMATS[schema["format"]](value):
        yield f"{where}: {value!r} is no {schema['format']}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r} is none of {schema['enum']}"
    size = len(value) if isinstance(value, str | list) else value
    for name, low in (("minLength", True), ("maxLength", False), ("minimum", True), ("maximum", False)):
        if name in schema and (size < schema[name] if low else size > schema[name]):
            yield f"{where}: {name} is {schema[name]}"


def is_uuid(value: str) -> bool:
    """Whether it is a UUID with hyphens."""
    try:
        return str(UUID(value)) == value.lower()
    except ValueError:
        return False


def is_timestamp(value: str) -> bool:
    """Whether it is a timestamp with a time zone."""
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}
FORMATS: dict[str, Callable[[Any], bool]] = {
    "uuid": is_uuid,
    "date-time": is_timestamp,
    "email": lambda value: re.fullmatch(r"[^@\s]+@[!-?A-~]+", value) is not None,
    "int32": lambda value: -(2**31) <= value < 2**31,
    "int64": lambda value: -(2**63) <= value < 2**63,
}
