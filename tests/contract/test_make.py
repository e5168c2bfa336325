"""The committed contract matches awork's published document and contains no prose."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract import FACTS
from tests.contract.make import FILE, RIGHTS_FILE, contract, rights, to_text

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "awork" / "openapi.json"


def test_the_contract_is_up_to_date():
    if not PUBLISHED.exists():
        pytest.skip("awork's openapi.json is not beside this repository (../shared/awork/openapi.json)")
    fresh = to_text(contract(json.loads(PUBLISHED.read_text())))
    assert fresh == FILE.read_text(), "run python -m tests.contract.make ../shared/awork/openapi.json"


def test_the_stand_in_has_the_rights_of_the_contract():
    assert RIGHTS_FILE.read_text() == to_text(rights(FACTS)), "run python -m tests.contract.make"


def words(part: Any) -> set[str]:
    if isinstance(part, dict):
        return set().union(*(words(key) | words(value) for key, value in part.items()))
    if isinstance(part, list):
        return set().union(*map(words, part))
    return {part} if isinstance(part, str) else set()


def test_it_contains_no_prose():
    assert [word for word in words(FACTS) if " " in word] == []


def test_it_stays_small():
    assert FILE.stat().st_size < 300_000


def test_descriptions_are_left_out_and_limits_kept():
    field = {"type": "string", "description": "Some words.", "maxLength": 3, "example": "x y"}
    schema = {"type": "object", "properties": {"a": field}, "additionalProperties": False}
    made = contract({"paths": everything(), "components": {"schemas": {"Thing": schema}}})
    assert made["paths"]["/me"]["get"]["access"] == {"any": "true"}
    assert made["schemas"] == {
        "Thing": {"type": "object", "closed": True, "fields": {"a": {"type": "string", "maxLength": 3}}}
    }


def everything() -> dict[str, Any]:
    """A document in which every operation responds with a Thing."""
    media = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
    spec = {
        "summary": "More words.",
        "x-access": {"any": "true"},
        "responses": {"200": {"description": "Words.", "content": media}},
    }
    return {path: dict.fromkeys(methods, spec) for path, methods in FACTS["paths"].items()}
