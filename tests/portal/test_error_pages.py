"""When something is wrong, people read plain words and find a way back."""

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.template.loader import get_template
from django.test import Client, RequestFactory
from django.views import defaults

WAY_BACK = '<a class="button" href="/">Back to the desk</a>'


def words(response) -> str:
    content = response.content.decode()
    assert WAY_BACK in content
    return content


def test_an_address_that_is_not_there(db):
    response = Client().get("/nowhere/<b>/")
    assert response.status_code == 404
    assert "There is nothing here" in words(response)
    assert "nowhere" not in words(response)


@pytest.mark.parametrize(
    ("view", "problem", "status", "title"),
    [
        (defaults.bad_request, SuspiciousOperation("inner words"), 400, "This request makes no sense here"),
        (defaults.permission_denied, PermissionDenied("inner words"), 403, "This page is not yours to see"),
    ],
)
def test_what_is_refused_names_no_inner_words(view, problem, status, title):
    response = view(RequestFactory().get("/"), problem)
    assert response.status_code == status
    assert title in words(response)
    assert "inner words" not in words(response)


def test_a_form_without_its_key(db):
    response = Client(enforce_csrf_checks=True).post("/login/")
    assert response.status_code == 403
    assert "This form was too old" in words(response)


def test_a_failure_of_the_portal_needs_nothing_to_be_told():
    response = defaults.server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    assert "The portal stumbled" in words(response)
    assert "The portal stumbled" in get_template("500.html").render()
