"""The contract checks report every kind of violation."""

from typing import Any

import pytest

from tests.contract import CONTRACT
from tests.standin_checks import Contract

ID = "3a0a3c81-08b4-5c7d-a274-9bdd0b433650"
FORM = {"taskId": ID, "email": "carla@studio.example", "roleId": ID}


def asked(body: Any) -> list[str]:
    return CONTRACT.request("POST", "/tasks/assignuserbyemail", {}, body)


def test_a_valid_request_has_no_problems():
    assert asked({**FORM, "firstName": None, "gender": "female"}) == []


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({**FORM, "nickname": "C"}, "body.nickname: is not known"),
        ({"taskId": ID, "email": "a@b.example"}, "body.roleId: is missing"),
        ({**FORM, "roleId": "guest"}, "body.roleId: 'guest' is no uuid"),
        ({**FORM, "roleId": ID.replace("-", "")}, "is no uuid"),
        ({**FORM, "gender": ""}, "body.gender: '' is none of"),
        ({**FORM, "gender": None}, "body.gender: may not be null"),
        ({**FORM, "email": 7}, "body.email: int is not string"),
        ({**FORM, "email": ""}, "body.email: minLength is 1"),
        ({**FORM, "email": "carla"}, "body.email: 'carla' is no email"),
        ({**FORM, "email": "a@bücher.example"}, "body.email: 'a@bücher.example' is no email"),
        ([FORM], "body: list is not object"),
        (None, "body: may not be null"),
    ],
)
def test_an_invalid_body_is_reported(body, problem):
    assert any(problem in one for one in asked(body)), asked(body)


@pytest.mark.parametrize(
    ("path", "query", "problem"),
    [
        ("/tasks/WEB-12", {}, "taskId: 'WEB-12' is no uuid"),
        ("/search", {"words": "copy"}, "words: no such parameter in the query"),
        ("/search", {"top": "ten"}, "top: str is not integer"),
        ("/search", {"includeClosedAndStuck": "yes"}, "includeClosedAndStuck: str is not boolean"),
        ("/tasks/assignuserbyemail", {}, "taskId: 'assignuserbyemail' is no uuid"),
        ("/invitations", {}, "no such endpoint"),
    ],
)
def test_an_invalid_path_or_query_is_reported(path, query, problem):
    problems = CONTRACT.request("GET", path, query, None)
    assert any(problem in one for one in problems), problems


def test_an_unexpected_body_is_reported():
    assert CONTRACT.request("GET", "/me", {}, {"a": 1}) == ["GET /me: body: none is expected"]


def test_list_items_are_checked():
    path = f"/tasks/{ID}/setassignees"
    assert CONTRACT.request("POST", path, {}, [ID]) == []
    assert CONTRACT.request("POST", path, {}, [ID, 3]) == [f"POST {path}: body[1]: int is not string"]


def test_numbers_have_limits():
    path = f"/tasks/{ID}/setplannedefforts"
    assert CONTRACT.request("POST", path, {}, [{"userId": ID, "plannedEffort": 3600}]) == []
    assert "is no int32" in CONTRACT.request("POST", path, {}, [{"userId": ID, "plannedEffort": 2**31}])[0]
    assert "is not integer" in CONTRACT.request("POST", path, {}, [{"userId": ID, "plannedEffort": True}])[0]


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (200, {"id": ID, "surprise": 1}, "answer.surprise: is not known"),
        (200, {"id": None}, "answer.id: may not be null"),
        (200, {"createdOn": "2026-11-02"}, "answer.createdOn: '2026-11-02' is no date-time"),
        (200, {"workspace": {"id": "x"}}, "answer.workspace.id: 'x' is no uuid"),
        (200, None, "answer: may not be null"),
        (404, {"code": "not-found"}, "answer.description: is missing"),
        (302, None, "302 is not foreseen"),
    ],
)
def test_an_invalid_response_is_reported(status, body, problem):
    problems = CONTRACT.answer("GET", "/me", status, body)
    assert any(problem in one for one in problems), problems


def test_an_empty_response_must_be_empty():
    assert CONTRACT.answer("POST", "/tasks/assignuserbyemail", 200, None) == []
    assert CONTRACT.answer("POST", "/tasks/assignuserbyemail", 200, {"id": ID}) != []


def test_every_endpoint_may_respond_with_401():
    said = {"code": "unauthorized", "description": "no", "link": "https://developers.awork.example"}
    assert CONTRACT.answer("GET", "/roles", 401, said) == []


def test_a_field_without_type_may_contain_anything():
    facts = {"paths": {}, "schemas": {"Any": {"fields": {"value": {}}, "type": "object"}}}
    contract = Contract(facts)
    assert list(contract._value({"ref": "Any"}, {"value": None}, "it")) == []
