"""What is turned away before a page begins to work on it."""

import tempfile
from io import BytesIO

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse

from portal.web.middleware import RateLimited
from portal.web.rate_limits import RateLimitExceeded
from tests.invites.views.pages import text

FORM = "application/x-www-form-urlencoded"


class Unread(BytesIO):
    """A body that nobody may read."""

    def read(self, *_):
        raise AssertionError("the body was read")

    readline = read


@pytest.mark.parametrize("page", ["/login/", "/nowhere/", "/healthz"])
def test_a_body_over_the_bound_is_not_read(client, page):
    length = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1
    answer = client.generic(
        "POST",
        page,
        content_type=FORM,
        **{"CONTENT_LENGTH": str(length), "wsgi.input": Unread(b"x" * length)},
    )
    assert answer.status_code == 413
    assert "This is too much" in answer.content.decode()
    assert answer["X-Frame-Options"] == "DENY"


@pytest.mark.django_db
def test_a_body_at_the_bound_is_a_form_as_any(client, standin):
    body = b"next=/audit/&more=".ljust(settings.DATA_UPLOAD_MAX_MEMORY_SIZE, b"x")
    answer = client.generic("POST", "/login/", body, content_type=FORM)
    assert answer.status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize(("length", "status"), [("", 302), ("-1", 302), ("x", 400), ("²", 400)])
def test_a_body_without_a_length_is_empty_and_a_length_that_is_none_is_refused(
    client, standin, length, status
):
    answer = client.generic("POST", "/login/", b"next=/audit/", content_type=FORM, CONTENT_LENGTH=length)
    assert answer.status_code == status


@pytest.mark.django_db
def test_a_file_is_kept_nowhere(client, standin, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))  # writing there fails
    file = SimpleUploadedFile("guests.csv", b"x" * 100_000)
    answer = client.post("/login/", {"next": "/audit/", "file": file})
    assert answer.status_code == 302
    assert not answer.wsgi_request.FILES


@pytest.mark.parametrize(
    ("wait", "words"), [(7, "in a minute."), (61, "in 2 minutes."), (3600, "in 60 minutes.")]
)
def test_who_did_something_too_often_is_told_when_to_try_again(rf, wait, words):
    answer = RateLimited(lambda _request: HttpResponse()).process_exception(
        rf.get("/"), RateLimitExceeded(wait)
    )
    assert (answer.status_code, answer["Retry-After"]) == (429, str(wait))
    assert f"Try again {words}" in text(answer)


def test_another_problem_is_not_its_business(rf):
    assert RateLimited(lambda _request: HttpResponse()).process_exception(rf.get("/"), ValueError()) is None
