"""Extracts awork's contract from its OpenAPI document: paths, parameters, rights, fields, types and limits.

    python -m tests.contract.make ../shared/awork/openapi.json

Contains no prose, and only the endpoints that the portal or the stand-in uses and the schemas they refer to.
Also writes the rights alone, for the stand-in: who may call which endpoint.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("contract.json")
RIGHTS_FILE = Path(__file__).resolve().parents[2] / "portal" / "standin" / "rights.json"
ENDPOINTS = {
    "/accounts/me/authorizedclients/{clientId}": ["delete"],
    "/clientapplications/register": ["post"],
    "/me": ["get"],
    "/me/allavailabletasks": ["get"],
    "/me/permissions": ["get"],
    "/me/projecttasks": ["get"],
    "/permissions/features": ["get"],
    "/projects": ["get"],
    "/projects/{projectId}": ["get"],
    "/projects/{projectId}/members": ["get"],
    "/projects/{projectId}/projecttasks": ["get"],
    "/projects/{projectId}/removeprojectmember": ["post"],
    "/roles": ["get"],
    "/roles/{roleId}/permissions": ["get"],
    "/roles/{roleId}/users": ["get"],
    "/search": ["get"],
    "/tasks/assignuserbyemail": ["post"],
    "/tasks/key/{taskIdentifier}": ["get"],
    "/tasks/{taskId}": ["get"],
    "/tasks/{taskId}/activities": ["get"],
    "/tasks/{taskId}/comments": ["get", "post"],
    "/tasks/{taskId}/setassignees": ["post"],
    "/tasks/{taskId}/setplannedefforts": ["post"],
    "/users": ["get"],
    "/users/autofill/{email}": ["get"],
    "/users/{userId}": ["get"],
    "/users/{userId}/activate": ["post"],
    "/users/{userId}/assignedtasks": ["get"],
    "/users/{userId}/deactivate": ["post"],
    "/webhooks": ["get", "post"],
    "/webhooks/{webhookId}": ["delete", "get", "put"],
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
    """The contract in an OpenAPI document."""
    paths = {
        path: {method: operation(openapi, openapi["paths"][path][method]) for method in methods}
        for path, methods in ENDPOINTS.items()
    }
    return {"paths": paths, "schemas": with_references(openapi, set(refs(paths)))}


def operation(openapi: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    """Rights, parameters, body and responses of an operation."""
    parameters = [resolve(openapi, parameter) for parameter in spec.get("parameters", [])]
    return {
        "access": spec.get("x-access", {}),
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


def resolve(openapi: dict[str, Any], parameter: dict[str, Any]) -> dict[str, Any]:
    """Resolve a reference to a parameter."""
    if "$ref" not in parameter:
        return parameter
    found: dict[str, Any] = openapi["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
    return found


def content(part: dict[str, Any]) -> dict[str, Any] | None:
    """The schema of a JSON body, or None."""
    media = part.get("content", {}).get("application/json")
    return facts(media["schema"]) if media else None


def facts(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without its descriptions."""
    if "$ref" in schema:
        return {"ref": schema["$ref"].removeprefix(REF)}
    result = {name: schema[name] for name in FACTS if name in schema}
    if "items" in schema:
        result["items"] = facts(schema["items"])
    if "properties" in schema:
        result["fields"] = {name: facts(field) for name, field in schema["properties"].items()}
    for name in ("allOf", "oneOf", "anyOf"):
        if name in schema:
            result[name] = [facts(each) for each in schema[name]]
    if schema.get("additionalProperties") is False:
        result["closed"] = True
    return result


def refs(part: Any) -> Iterator[str]:
    """The names of the schemas referred to."""
    if isinstance(part, dict):
        if isinstance(part.get("ref"), str):
            yield part["ref"]
        for inner in part.values():
            yield from refs(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from refs(inner)


def with_references(openapi: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """These schemas, and all that they refer to."""
    found: dict[str, Any] = {}
    while names:
        name = names.pop()
        found[name] = facts(openapi["components"]["schemas"][name])
        names |= set(refs(found[name])) - found.keys()
    return dict(sorted(found.items()))


def rights(contract: dict[str, Any]) -> dict[str, Any]:
    """Who may call which endpoint: path, method and the rights of which one is enough."""
    return {
        path: {method: operation["access"] for method, operation in methods.items()}
        for path, methods in contract["paths"].items()
    }


def to_text(facts: dict[str, Any]) -> str:
    """The file's text, with one line for each field, so that diffs are readable."""
    return json.dumps(facts, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    made = contract(json.loads(Path(sys.argv[1]).read_text()))
    FILE.write_text(to_text(made))
    RIGHTS_FILE.write_text(to_text(rights(made)))
