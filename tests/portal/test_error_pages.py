"""Error pages show a title, no internals, and a link to the home page."""

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


def test_a_page_that_does_not_exist(db):
    response = Client().get("/nowhere/<b>/")
    assert response.status_code == 404
    assert "Page not found" in words(response)
    assert "nowhere" not in words(response)


@pytest.mark.parametrize(
    ("view", "problem", "status", "title"),
    [
        (defaults.bad_request, SuspiciousOperation("inner words"), 400, "Bad request"),
        (
            defaults.permission_denied,
            PermissionDenied("inner words"),
            403,
            "You don't have access to this page",
        ),
    ],
)
def test_rejected_requests_show_no_internals(view, problem, status, title):
    response = view(RequestFactory().get("/"), problem)
    assert response.status_code == status
    assert title in words(response)
    assert "inner words" not in words(response)


def test_a_form_without_a_csrf_token(db):
    response = Client(enforce_csrf_checks=True).post("/login/")
    assert response.status_code == 403
    assert "This form has expired" in words(response)


def test_a_server_error_needs_no_context():
    response = defaults.server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    assert "Something went wrong" in words(response)
    assert "Something went wrong" in get_template("500.html").render()
