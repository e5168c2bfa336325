"""Requests to awork, with the stand-in's faults on real connections."""

import logging
import math
import socket
import time
import tracemalloc
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from portal.awork import http, timeouts
from portal.awork.client import Client, FixedToken
from portal.awork.errors import AworkError, AworkRefused, NotFound, TooManyRequests, Unclear, Unreachable
from tests.metrics import Increase


@pytest.fixture
def paula(standin):
    return Client(FixedToken(standin.token("paula")))


@pytest.fixture
def invite(paula, standin):
    """Sends one invitation to WEB-12."""
    task, role = standin.world.task("WEB-12").id, standin.world.role("guest").id
    return lambda: paula.invite(task_id=task, email="carla@studio.example", role_id=role)


@pytest.fixture
def hasty(monkeypatch):
    """Short timeouts."""
    http._client.cache_clear()
    for name in ("CONNECT_SECONDS", "READ_SECONDS"):
        monkeypatch.setattr(timeouts, name, 0.5)
    monkeypatch.setattr(timeouts, "TOTAL_SECONDS", 1.0)
    yield
    http._client.cache_clear()


def test_a_refused_connection_is_unreachable(settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.AWORK_API_URL = f"http://127.0.0.1:{taken.getsockname()[1]}/api/v1"
        with pytest.raises(Unreachable) as problem:
            Client(FixedToken("token")).me()
    assert problem.value.exchange.status is None


def test_an_unknown_host_is_unreachable(settings):
    settings.AWORK_API_URL = "http://nowhere.invalid/api/v1"
    with pytest.raises(Unreachable):
        Client(FixedToken("token")).me()


def test_a_failed_tls_handshake_is_unreachable(standin, invite, settings):
    settings.AWORK_API_URL = standin.url.replace("http://", "https://")
    with pytest.raises(Unreachable):
        invite()
    assert standin.count() == 0


@pytest.mark.parametrize("fault", ["cut_before", "cut_after", "cut_midway", "garbage", "truncated"])
def test_a_request_without_a_usable_response_is_unclear(standin, paula, fault):
    standin.fault("GET", "/me", fault, 3)
    with pytest.raises(Unclear):
        paula.me()


@pytest.mark.parametrize("fault", ["empty", "wrong_shape"])
def test_an_unexpected_body_is_unclear(standin, paula, fault):
    standin.fault("GET", "/me", fault)
    with pytest.raises(Unclear) as problem:
        paula.me()
    assert problem.value.exchange.status == 200


@pytest.mark.parametrize("fault", ["cut_before", "cut_after", "cut_midway", "garbage"])
def test_an_invitation_without_a_usable_response_is_unclear(standin, invite, fault):
    standin.fault("POST", "/assignuserbyemail", fault)
    with pytest.raises(Unclear):
        invite()
    assert standin.count("POST", "/assignuserbyemail") == 1  # never twice


@pytest.mark.parametrize("status", [500, 502, 503, 504, 301, 302, 408])
def test_server_errors_and_redirects_are_unclear(standin, paula, status):
    standin.fault("GET", "/me", "status", 3, status=status, headers={"Location": f"{standin.url}/me"})
    with pytest.raises(Unclear) as problem:
        paula.me()
    assert problem.value.exchange.status == status
    assert standin.count("GET", "/me") == (
        3 if status in http.GATEWAY_ERRORS else 1
    )  # redirects are not followed


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, AworkRefused), (403, AworkRefused), (404, NotFound), (409, AworkRefused), (422, AworkRefused)],
)
def test_a_client_error_with_a_broken_body_is_still_a_refusal(standin, paula, status, kind):
    standin.fault("GET", "/me", "status", status=status)
    with pytest.raises(kind) as problem:
        paula.me()
    assert (problem.value.exchange.code, problem.value.description) == ("", "")


@pytest.mark.parametrize(("reset", "wait"), [(11, 11), (10**9, 3600)])
def test_a_429_says_how_long_to_wait(standin, paula, reset, wait):
    standin.fault("GET", "/me", "rate_limited", reset=reset)
    with pytest.raises(TooManyRequests) as problem:
        paula.me()
    assert problem.value.wait == wait


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, 60),
        ({"ratelimit-reset": "soon"}, 60),
        ({"ratelimit-reset": "nan"}, 60),
        ({"ratelimit-reset": ""}, 60),
        ({"ratelimit-reset": "5, 5"}, 60),  # sent twice
        ({"ratelimit-reset": "2.5"}, 2.5),
        ({"ratelimit-reset": "0"}, 1),
        ({"ratelimit-reset": "-600"}, 1),
        ({"ratelimit-reset": "inf"}, 3600),
        ({"ratelimit-reset": "9" * 400}, 3600),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "600000"}, 3600),
        ({"Retry-After": "-7"}, 1),
        ({"Retry-After": "Fri, 27 Nov 2026 12:00:00 GMT"}, 60),
        ({"ratelimit-reset": "11", "Retry-After": "7"}, 11),
        ({"ratelimit-reset": "soon", "Retry-After": "7"}, 7),
    ],
)
def test_a_429_waits_from_a_second_to_an_hour_and_a_minute_if_it_doesnt_say(standin, paula, headers, wait):
    standin.fault("GET", "/me", "status", status=429, headers=headers)
    with timeouts.wait_budget(0), pytest.raises(TooManyRequests) as problem:
        paula.me()
    assert problem.value.wait == wait


def test_a_read_timeout_is_unclear(hasty, standin, paula):
    standin.fault("GET", "/me", "delay_before", seconds=2)
    with pytest.raises(Unclear) as problem:
        paula.me()
    assert problem.value.exchange.status is None
    assert 400 < problem.value.exchange.milliseconds < 1500


def test_a_trickling_response_times_out(hasty, standin, paula):
    standin.fault("GET", "/me", "trickle", seconds=0.1)
    with pytest.raises(Unclear) as problem:
        paula.me()
    assert problem.value.exchange.milliseconds < 2500


def test_a_response_that_is_too_long_is_unclear(standin, paula):
    standin.fault("GET", "/me", "status", status=200, body="x" * (http.MAX_BODY_BYTES + 1))
    with pytest.raises(Unclear):
        paula.me()


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "br", "zstd", "deflate", "gzip, gzip", "unknown"])
def test_a_compressed_response_is_unclear(standin, paula, encoding):
    standin.fault("GET", "/me", "compressed", encoding=encoding)
    with pytest.raises(Unclear) as problem:
        paula.me()
    assert problem.value.exchange.status == 200


@pytest.mark.parametrize(("encoding", "megabytes"), [("gzip", 64), ("gzip, gzip", 128)])
def test_a_compressed_response_is_not_unpacked_in_memory(standin, paula, encoding, megabytes):
    standin.fault("GET", "/me", "compressed", encoding=encoding, megabytes=megabytes)
    tracemalloc.start()
    try:
        with pytest.raises(Unclear):
            paula.me()
        assert tracemalloc.get_traced_memory()[1] < 2 * http.MAX_BODY_BYTES
    finally:
        tracemalloc.stop()


def test_a_refusal_is_a_refusal_even_if_its_body_is_compressed(standin, paula):
    headers = {"Content-Encoding": "br"}
    standin.fault("GET", "/me", "status", status=400, body={"code": "x"}, headers=headers)
    with pytest.raises(AworkRefused) as problem:
        paula.me()
    assert (problem.value.exchange.code, problem.value.description) == ("", "")


def test_an_uncompressed_response_is_asked_for_and_may_say_so(standin, paula):
    said = {"userId": str(uuid4()), "isAdmin": False, "isGuest": False, "isBlocked": False}
    body = {"userPermission": said}
    headers = {"Content-Encoding": "Identity"}
    standin.fault("GET", "/me/permissions", "status", status=200, body=body, headers=headers)
    assert paula.permissions()
    assert http._client().headers["Accept-Encoding"] == "identity"


def test_one_persons_cookies_are_not_sent_for_another(standin, paula):
    standin.fault("GET", "/me", "status", status=404, headers={"Set-Cookie": "session=paula; Path=/"})
    with pytest.raises(NotFound):
        paula.me()
    paula.me()
    assert not list(http._client().cookies.jar)


@pytest.mark.parametrize("length", ["-1", "9" * 30, "1e3", "5, 6", "x"])
def test_an_impossible_content_length_is_unclear(standin, paula, length):
    standin.fault("GET", "/me", "status", 3, status=200, body={}, headers={"Content-Length": length})
    with pytest.raises(Unclear):
        paula.me()


def test_connections_are_reused(standin, paula):
    paula.me()
    before = len(http._client()._transport._pool.connections)
    for _ in range(3):
        paula.me()
    assert len(http._client()._transport._pool.connections) == before


def test_the_duration_of_a_request(standin, invite):
    standin.fault("POST", "/assignuserbyemail", "delay_after", seconds=0.2)
    assert 150 < invite().milliseconds < 5000


def test_calls_are_counted_by_outcome(standin, paula, invite):
    grown = Increase()
    paula.me()
    with pytest.raises(NotFound):
        paula.task(uuid4())
    standin.fault("GET", "/me", "status", status=429, headers={"Retry-After": "3600"})
    with pytest.raises(TooManyRequests):
        paula.me()
    standin.fault("POST", "/assignuserbyemail", "cut_after")
    with pytest.raises(Unclear):
        invite()
    counts = {(method, outcome): count for (_, method, outcome), count in grown().items()}
    assert counts == {("GET", "2xx"): 1, ("GET", "4xx"): 1, ("GET", "429"): 1, ("POST", "Unclear"): 1}


def test_the_timeouts():
    assert http._client().timeout.connect == 5
    assert http._client().timeout.read == 15


def test_logs_and_errors_contain_no_token_and_no_query(standin, caplog, capsys):
    token = standin.token("mona")
    client = Client(FixedToken(token))
    caplog.set_level(logging.DEBUG)
    problems = []
    client.users_by_email("carla@studio.example")
    for work in (lambda: client.task(uuid4()), lambda: Client(FixedToken(token + "x")).me()):
        with pytest.raises(AworkError) as problem:
            work()
        problems.append(f"{problem.value!r} {problem.value} {problem.value.exchange}")
    printed = capsys.readouterr()
    everything = caplog.text + printed.out + printed.err + "".join(problems)
    assert "/users" in everything
    for secret in (token, "Bearer", "carla"):
        assert secret not in everything


class TestRetries:
    @pytest.mark.parametrize(
        ("fault", "options"),
        [("cut_before", {}), *[("status", {"status": status}) for status in (502, 503, 504)]],
    )
    def test_a_get_survives_two_failures(self, standin, paula, fault, options):
        standin.fault("GET", "/me", fault, 2, **options)
        assert paula.me()
        assert standin.count("GET", "/me") == 3

    @pytest.mark.parametrize("status", [502, 503, 504])
    def test_an_invitation_that_may_have_arrived_is_not_retried(self, standin, invite, status):
        standin.fault("POST", "/assignuserbyemail", "status", status=status)
        with pytest.raises(Unclear):
            invite()
        assert standin.count("POST", "/assignuserbyemail") == 1

    def test_an_invitation_that_was_not_sent_is_retried(self, standin, invite, settings, monkeypatch):
        alive = settings.AWORK_API_URL
        settings.AWORK_API_URL = "http://127.0.0.1:9/api/v1"
        monkeypatch.setattr(http.time, "sleep", lambda _: setattr(settings, "AWORK_API_URL", alive))
        assert invite().status == 200
        assert standin.count("POST", "/assignuserbyemail") == 1

    def test_a_timeout_is_not_retried(self, hasty, standin, paula):
        standin.fault("GET", "/me", "delay_before", 2, seconds=1)
        with pytest.raises(Unclear):
            paula.me()
        assert standin.count("GET", "/me") <= 1


class TestRateLimits:
    def test_a_request_waits_after_a_429(self, standin, invite):
        standin.fault("POST", "/assignuserbyemail", "rate_limited", reset=1)
        began = time.monotonic()
        assert invite().status == 200
        assert time.monotonic() - began > 0.9
        assert standin.count("POST", "/assignuserbyemail") == 2

    def test_a_page_waits_ten_seconds_in_total(self, standin, paula, monkeypatch):
        slept = []
        monkeypatch.setattr(timeouts.time, "sleep", slept.append)
        standin.fault("GET", "/me", "rate_limited", None, reset=4)
        with timeouts.wait_budget(timeouts.PAGE_SECONDS), pytest.raises(TooManyRequests):
            paula.me()
        assert [one for one in slept if one] == [4, 4]

    def test_a_call_outside_a_page_waits_as_long_as_a_page(self, standin, paula, monkeypatch):
        slept = []
        monkeypatch.setattr(timeouts.time, "sleep", slept.append)
        standin.fault("GET", "/me", "rate_limited", None, reset=4)
        with pytest.raises(TooManyRequests):
            paula.me()
        assert [one for one in slept if one] == [4, 4]

    def test_background_calls_wait_without_limit(self, standin, paula, monkeypatch):
        slept = []
        monkeypatch.setattr(timeouts.time, "sleep", slept.append)
        standin.fault("GET", "/me", "rate_limited", 5, reset=600)
        with timeouts.wait_budget(math.inf):
            assert paula.me()
        assert [one for one in slept if one] == [600] * 5

    def test_background_calls_do_not_wait_beyond_the_deadline(self, standin, invite, monkeypatch):
        slept = []
        monkeypatch.setattr(timeouts.time, "sleep", slept.append)
        standin.fault("POST", "/assignuserbyemail", "rate_limited", reset=600)
        with timeouts.background(), sends_for(550), pytest.raises(TooManyRequests):
            invite()
        assert slept == []

    def test_nothing_is_sent_after_the_deadline(self, standin, invite):
        standin.requests.clear()
        with (
            sends_for(-1),
            sends_for(60),
            pytest.raises(Unreachable),
        ):
            invite()
        assert standin.count() == 0
        assert invite()  # the slot was given back


def sends_for(seconds):
    """Send requests for so many seconds."""
    until = timezone.now() + timedelta(seconds=seconds + timeouts.REQUEST_SECONDS)
    return timeouts.send_while(lambda: until)


class TestBreaker:
    @pytest.fixture
    def dead(self, standin, settings, monkeypatch):
        monkeypatch.setattr(timeouts, "RETRY_DELAYS", ())
        standin.fault("*", "/me", "cut_before", 5)

    def test_five_failures_in_a_row_open_it(self, standin, paula, dead):
        for _ in range(5):
            with pytest.raises(Unclear):
                paula.me()
        began = time.monotonic()
        with pytest.raises(Unreachable):
            paula.me()
        assert time.monotonic() - began < 0.1
        assert standin.count() == 5

    def test_it_sends_again_after_thirty_seconds(self, standin, paula, dead, monkeypatch):
        for _ in range(5):
            with pytest.raises(Unclear):
                paula.me()
        now = time.monotonic()
        monkeypatch.setattr("portal.awork.rate_limit.time.monotonic", lambda: now + 31)
        assert paula.me()
        assert paula.me()

    def test_a_response_in_between_resets_the_count(self, standin, paula, monkeypatch):
        monkeypatch.setattr(timeouts, "RETRY_DELAYS", ())
        for _ in range(2):
            standin.fault("GET", "/me", "cut_before", 4)
            for _ in range(4):
                with pytest.raises(Unclear):
                    paula.me()
            assert paula.me()
