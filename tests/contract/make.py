"""Writes awork's contract as a bare list of facts: paths, parameters, fields, types and limits, no sentences.

    python -m tests.contract.make ../shared/awork/openapi.json

Only the endpoints that the portal or its stand-in uses are kept, and the schemas that these reach.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("contract.json")
ENDPOINTS = {
    "/clientapplications/register": ["post"],
    "/me": ["get"],
    "/me/allavailabletasks": ["get"],
    "/me/permissions": ["get"],
    "/me/projecttasks": ["get"],
    "/projects": ["get"],
    "/projects/{projectId}/projecttasks": ["get"],
    "/roles": ["get"],
    "/roles/{roleId}/permissions": ["get"],
    "/search": ["get"],
    "/tasks/assignuserbyemail": ["post"],
    "/tasks/key/{taskIdentifier}": ["get"],
    "/tasks/{taskId}": ["get"],
    "/tasks/{taskId}/activities": ["get"],
    "/tasks/{taskId}/setassignees": ["post"],
    "/tasks/{taskId}/setplannedefforts": ["post"],
    "/users": ["get"],
    "/users/autofill/{email}": ["get"],
    "/users/{userId}": ["get"],
    "/users/{userId}/deactivate": ["post"],
}
FACTS = (
    "type",
    "format",
    "enum",
    "nullable",
    "required",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "pattern",
)
REF = "#/components/schemas/"


def contract(openapi: dict[str, Any]) -> dict[str, Any]:
    """The facts out of an OpenAPI document."""
    paths = {
        path: {method: operation(openapi, openapi["paths"][path][method]) for method in methods}
        for path, methods in ENDPOINTS.items()
    }
    return {"paths": paths, "schemas": reached(openapi, set(refs(paths)))}


def operation(openapi: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    """Parameters, body and answers of one operation."""
    parameters = [resolved(openapi, parameter) for parameter in spec.get("parameters", [])]
    return {
        "parameters": [
            {
                "name": parameter["name"],
                "in": parameter["in"],
                "required": parameter.get("required", False),
                "schema": facts(parameter["schema"]),
            }
            for parameter in parameters
        ],
        "body": content(spec.get("requestBody", {})),
        "answers": {status: content(answer) for status, answer in spec["responses"].items()},
    }


def resolved(openapi: dict[str, Any], parameter: dict[str, Any]) -> dict[str, Any]:
    """The parameter itself where only its name in the components is given."""
    if "$ref" not in parameter:
        return parameter
    found: dict[str, Any] = openapi["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
    return found


def content(part: dict[str, Any]) -> dict[str, Any] | None:
    """The schema of a JSON body, None where there is no body."""
    media = part.get("content", {}).get("application/json")
    return facts(media["schema"]) if media else None


def facts(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without its words."""
    if "$ref" in schema:
        return {"ref": schema["$ref"].removeprefix(REF)}
    kept = {name: schema[name] for name in FACTS if name in schema}
    if "items" in schema:
        kept["items"] = facts(schema["items"])
    if "properties" in schema:
        kept["fields"] = {name: facts(field) for name, field in schema["properties"].items()}
    for name in ("allOf", "oneOf", "anyOf"):
        if name in schema:
            kept[name] = [facts(each) for each in schema[name]]
    if schema.get("additionalProperties") is False:
        kept["closed"] = True
    return kept


def refs(part: Any) -> Iterator[str]:
    """The names of schemas that this refers to."""
    if isinstance(part, dict):
        if isinstance(part.get("ref"), str):
            yield part["ref"]
        for inner in part.values():
            yield from refs(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from refs(inner)


def reached(openapi: dict[str, Any], wanted: set[str]) -> dict[str, Any]:
    """These schemas, and those that they refer to in turn."""
    found: dict[str, Any] = {}
    while wanted:
        name = wanted.pop()
        found[name] = facts(openapi["components"]["schemas"][name])
        wanted |= set(refs(found[name])) - found.keys()
    return dict(sorted(found.items()))


def written(facts: dict[str, Any]) -> str:
    """The text of the file: one line a field, so that a change can be read."""
    return json.dumps(facts, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(written(contract(json.loads(Path(sys.argv[1]).read_text()))))
