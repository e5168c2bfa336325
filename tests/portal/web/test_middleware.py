"""All middleware but for request ids and expired sign-ins, which have modules of their own."""

import tempfile
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.templatetags.static import static
from django.test import Client
from django.utils import timezone

from portal.awork import timeouts
from portal.web.middleware import (
    BLOCKED_FEATURES,
    FILE_HEADERS,
    AworkWaitBudget,
    RateLimited,
    ReaderTimeZone,
    SecurityHeaders,
)
from portal.web.rate_limits import RateLimitExceeded
from tests.invites.views.pages import text

EXPECTED = {
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
PAGES = {
    "a page for everybody": "/login/",
    "a page": "/invitations/",
    "a form": "/invite/",
    "the log": "/audit/",
    "a redirect": "/",
    "what is not there": "/nowhere/",
    "an export": "/audit/export.csv",
    "a file": "/audit/checkpoints.txt",
    "the health check": "/healthz",
}
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def ada(sign_in):
    client = Client(raise_request_exception=False)
    sign_in(client, "ada")
    return client


def check_strict(answer):
    assert {name: answer.get(name) for name in EXPECTED} == EXPECTED
    policy = answer["Content-Security-Policy"]
    for directive in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert directive in policy
    assert "unsafe" not in policy
    assert "*" not in policy


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_every_response_has_strict_headers_and_is_not_cached(ada, path):
    answer = ada.get(path)
    check_strict(answer)
    assert "no-store" in answer["Cache-Control"]
    assert "public" not in answer["Cache-Control"]


@pytest.mark.django_db
def test_a_server_error_has_strict_headers_too(ada, monkeypatch):
    monkeypatch.setattr("portal.accounts.views.sign_in._home_page", None)
    answer = ada.get("/")
    assert answer.status_code == 500
    check_strict(answer)
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.django_db
def test_no_feature_of_a_browser_is_allowed(client):
    said = client.get("/login/")["Permissions-Policy"]
    assert said.split(", ") == [f"{feature}=()" for feature in BLOCKED_FEATURES]
    assert {"camera", "microphone", "geolocation", "payment", "usb"} <= set(BLOCKED_FEATURES)


@pytest.mark.django_db
def test_an_explicit_cache_control_is_unchanged(rf):
    kept = HttpResponse(headers={"Cache-Control": "public, max-age=60"})
    assert SecurityHeaders(lambda _request: kept)(rf.get("/"))["Cache-Control"] == "public, max-age=60"


def test_a_file_has_the_headers_of_a_file(client):
    answer = client.get(static("js/desk.js"))
    assert answer.status_code == 200
    assert {name: answer.headers.get(name) for name in FILE_HEADERS} == FILE_HEADERS
    assert "immutable" in answer["Cache-Control"]


def test_headers_of_a_file_are_short(client):
    answer = client.get(static("icon.svg"))
    assert sum(len(name) + len(value) + 4 for name, value in answer.items()) < 450


class Unread(BytesIO):
    """A body that must not be read."""

    def read(self, *_):
        raise AssertionError("the body was read")

    readline = read


@pytest.mark.parametrize("page", ["/login/", "/nowhere/", "/healthz"])
def test_an_oversized_body_is_not_read(client, page):
    length = settings.MAX_FORM_BYTES + 1
    answer = client.generic(
        "POST",
        page,
        content_type=FORM,
        **{"CONTENT_LENGTH": str(length), "wsgi.input": Unread(b"x" * length)},
    )
    assert answer.status_code == 413
    assert "Request too large" in answer.content.decode()
    assert answer["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("page", ["/invite/many/", "/invite/many/send/"])
def test_a_large_form_has_a_limit_of_its_own(client, page):
    length = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body = b"x" * settings.MAX_FORM_BYTES * 2
    assert client.generic("POST", page, body, content_type=FORM).status_code == 302
    unread = {"CONTENT_LENGTH": str(length + 1), "wsgi.input": Unread(b"x")}
    assert client.generic("POST", page, content_type=FORM, **unread).status_code == 413


@pytest.mark.django_db
def test_a_body_of_the_maximum_size_is_accepted(client, standin):
    body = b"next=/audit/&more=".ljust(settings.MAX_FORM_BYTES, b"x")
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
def test_an_upload_is_discarded(client, standin, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))  # writing there fails
    file = SimpleUploadedFile("guests.csv", b"x" * 100_000)
    answer = client.post("/login/", {"next": "/audit/", "file": file})
    assert answer.status_code == 302
    assert not answer.wsgi_request.FILES


@pytest.mark.parametrize(
    ("wait", "words"), [(7, "in a minute."), (61, "in 2 minutes."), (3600, "in 60 minutes.")]
)
def test_a_reached_limit_says_when_to_retry(rf, wait, words):
    answer = RateLimited(lambda _request: HttpResponse()).process_exception(
        rf.get("/"), RateLimitExceeded(wait)
    )
    assert (answer.status_code, answer["Retry-After"]) == (429, str(wait))
    assert f"Try again {words}" in text(answer)


def test_other_exceptions_are_not_handled(rf):
    assert RateLimited(lambda _request: HttpResponse()).process_exception(rf.get("/"), ValueError()) is None


@pytest.mark.parametrize(
    ("cookie", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("", "UTC"),
        ("Mars/Base", "UTC"),
        ("../../etc/passwd", "UTC"),
        ("\0", "UTC"),
    ],
)
def test_times_are_in_the_zone_of_the_reader(rf, cookie, name):
    request = rf.get("/")
    request.COOKIES["zone"] = cookie
    seen = []
    ReaderTimeZone(lambda _request: seen.append(timezone.get_current_timezone()) or HttpResponse())(request)
    assert seen == [ZoneInfo(name)]
    assert timezone.get_current_timezone_name() == "UTC"


@pytest.mark.parametrize("charset", ["utf-7", "unicode_escape", "hex", "idna", "utf-16"])
@pytest.mark.django_db
def test_a_form_in_another_charset_is_refused(client, charset):
    form = b'--B\r\nContent-Disposition: form-data; name="next"\r\n\r\n/+2AA-\r\n--B--\r\n'
    answer = client.generic(
        "POST", "/login/", form, content_type=f"multipart/form-data; boundary=B; charset={charset}"
    )
    assert answer.status_code == 400
    assert "Bad request" in answer.content.decode()


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=B", FORM])
@pytest.mark.parametrize("charset", ["latin-1", "utf-16"])
@pytest.mark.parametrize("host", ["testserver", "evil.example"])
@pytest.mark.django_db
def test_a_form_that_cannot_be_parsed_gets_a_whole_error_page(kind, charset, host):
    """With a CSRF cookie: Django's error pages then look into the form."""
    client = Client(enforce_csrf_checks=True)
    client.get("/login/")
    answer = client.generic(
        "POST", "/login/", b"next=/", content_type=f"{kind}; charset={charset}", headers={"Host": host}
    )
    assert answer.status_code == 400
    assert "Bad request" in answer.content.decode()
    check_strict(answer)


class Broken(BytesIO):
    """A body that ends before it is complete."""

    def read(self, *_):
        raise ConnectionResetError


@pytest.mark.django_db
def test_a_form_that_does_not_arrive_gets_a_whole_error_page(client):
    broken = {"CONTENT_TYPE": FORM, "CONTENT_LENGTH": "10", "wsgi.input": Broken()}
    answer = client.generic("POST", "/login/", **broken)
    assert answer.status_code == 400
    assert "Bad request" in answer.content.decode()
    check_strict(answer)


@pytest.mark.django_db
def test_a_form_that_says_utf_8_is_taken(client, standin):
    form = b'--B\r\nContent-Disposition: form-data; name="next"\r\n\r\n/audit/\r\n--B--\r\n'
    answer = client.generic(
        "POST", "/login/", form, content_type="multipart/form-data; boundary=B; charset=UTF8"
    )
    assert answer.status_code == 302


def test_a_page_waits_ten_seconds_in_all_for_the_limits(rf, monkeypatch):
    slept = []
    monkeypatch.setattr(timeouts.time, "sleep", slept.append)

    def page(_request):
        assert [
            timeouts.current_wait_budget().sleep(6),
            timeouts.current_wait_budget().sleep(6),
            timeouts.current_wait_budget().sleep(3),
        ] == [True, False, True]
        return HttpResponse()

    for _ in range(2):  # the next page has its own ten seconds
        AworkWaitBudget(page)(rf.get("/"))
    assert slept == [6, 3] * 2
