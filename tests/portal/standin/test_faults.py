"""Each fault as a client sees it, and whether the request was carried out."""

import time

import httpx
import pytest

from portal.standin.faults import KINDS, Fault
from portal.standin.seed import user_id


@pytest.fixture
def task(standin, as_):
    """A request with an effect, and whether that has happened."""
    client, world = as_("paula"), standin.world
    path = f"/tasks/{world.task('WEB-12').id}/setassignees"

    class Task:
        def post(self) -> httpx.Response:
            return client.post(path, json=[str(user_id("zoe"))])

        @property
        def done(self) -> bool:
            return world.assigned("WEB-12") == ["zoe@nordlicht.example"]

        def get(self) -> httpx.Response:
            return client.get("/tasks/key/WEB-12")

    return Task()


@pytest.mark.parametrize(("kind", "done"), [("cut_before", False), ("cut_after", True), ("cut_midway", True)])
def test_a_cut_ends_the_connection_before_or_after_the_effect(standin, task, kind, done):
    standin.fault("POST", "/setassignees", kind)
    with pytest.raises(httpx.RemoteProtocolError):
        task.post()
    assert task.done is done
    assert standin.requests[-1].status == 0
    assert task.post().status_code == 204


def test_half_a_response_is_announced_as_complete(standin, task):
    standin.fault("GET", "/tasks/key/", "cut_midway")
    with pytest.raises(httpx.RemoteProtocolError, match=r"incomplete|without sending complete"):
        task.get()


@pytest.mark.parametrize("effect", [True, False])
def test_any_status_with_or_without_the_effect(standin, task, effect):
    standin.fault("POST", "/setassignees", "status", status=502, effect=effect)
    answer = task.post()
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html; charset=utf-8")
    assert task.done is effect


def test_any_json_with_any_headers(standin, task):
    body = {"code": "server-error", "description": "no", "link": "x"}
    standin.fault("*", "/tasks/", "status", status=503, body=body, headers={"Retry-After": "7"})
    answer = task.get()
    assert (answer.status_code, answer.json(), answer.headers["Retry-After"]) == (503, body, "7")


@pytest.mark.parametrize("headers", [True, False])
def test_429_with_and_without_rate_limit_headers(standin, task, headers):
    standin.fault("POST", "/setassignees", "rate_limited", headers=headers, reset=3)
    answer = task.post()
    assert answer.status_code == 429
    assert answer.headers.get("ratelimit-reset") == ("3" if headers else None)
    assert not task.done


def test_an_empty_response(standin, task):
    standin.fault("GET", "/tasks/key/", "empty")
    answer = task.get()
    assert (answer.status_code, answer.content) == (200, b"")


def test_truncated_json(standin, task):
    standin.fault("GET", "/tasks/key/", "truncated")
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        task.get().json()


def test_json_of_another_shape(standin, task):
    standin.fault("GET", "/tasks/key/", "wrong_shape")
    assert task.get().json() == {"unexpected": [1]}
    standin.fault("GET", "/tasks/key/", "wrong_shape", body=[])
    assert task.get().json() == []


def test_an_html_page_instead_of_json(standin, task):
    standin.fault("POST", "/setassignees", "garbage")
    answer = task.post()
    assert answer.status_code == 200
    assert answer.text.startswith("<!doctype html>")
    assert task.done


def test_delays_before_and_after_the_effect(standin, task):
    standin.fault("POST", "/setassignees", "delay_before", seconds=0.5)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{standin.url}/tasks/{standin.world.task('WEB-12').id}/setassignees", timeout=0.1)
    standin.fault("GET", "/tasks/key/", "delay_after", seconds=0.2)
    began = time.monotonic()
    assert task.get().status_code == 200
    assert time.monotonic() - began > 0.19


def test_a_reset_waits_for_running_requests(standin, task):
    standin.fault("POST", "/setassignees", "delay_before", seconds=60)
    path, token = f"/tasks/{standin.world.task('WEB-12').id}/setassignees", standin.token("paula")
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(standin.url + path, json=[], headers={"Authorization": f"Bearer {token}"}, timeout=0.1)
    began = time.monotonic()
    standin.reset()
    assert time.monotonic() - began < 2
    assert len(standin.world.assigned("WEB-12")) == 2
    assert standin.requests == []


def test_an_empty_response_trickles_as_spaces(standin, task):
    standin.fault("POST", "/setassignees", "trickle", seconds=0.01)
    began = time.monotonic()
    answer = task.post()
    assert (answer.status_code, answer.text.strip(), bool(answer.text)) == (200, "", True)
    assert time.monotonic() - began > 0.15
    assert task.done


def test_a_trickling_response_is_complete_at_its_end(standin, task):
    standin.fault("GET", "/tasks/key/", "trickle", seconds=0.01)
    began = time.monotonic()
    assert task.get().json()["taskIdentifier"] == "WEB-12"
    assert time.monotonic() - began > 0.15


@pytest.mark.parametrize("encoding", ["gzip", "gzip, gzip"])
def test_a_compressed_response(standin, task, encoding):
    standin.fault("GET", "/tasks/key/", "compressed", encoding=encoding)
    answer = task.get()
    assert answer.headers["Content-Encoding"] == encoding
    assert answer.json()["taskIdentifier"] == "WEB-12"  # the tests' client unpacks it


def test_many_megabytes_in_a_few_compressed_bytes(standin, task):
    standin.fault("GET", "/tasks/key/", "compressed", megabytes=3)
    answer = task.get()
    assert int(answer.headers["Content-Length"]) < 10_000
    assert len(answer.content) == 3_000_000


def test_a_fault_is_skipped_and_repeated_as_requested(standin, task):
    standin.fault("GET", "/tasks/key/", "status", times=2, skip=1, status=500)
    assert [task.get().status_code for _ in range(4)] == [200, 500, 500, 200]


def test_a_permanent_fault_ends_with_a_reset(standin, task):
    standin.fault("GET", "/tasks/key/", "status", times=None, status=500)
    assert {task.get().status_code for _ in range(5)} == {500}
    standin.faults.reset()
    assert task.get().status_code == 200


def test_a_fault_applies_only_to_its_method_and_path(standin, task):
    standin.fault("POST", "/tasks/key/", "status", status=500)
    standin.fault("GET", "/roles", "status", status=500)
    assert task.get().status_code == 200
    assert task.post().status_code == 204


def test_faults_happen_in_the_order_they_were_added(standin, task):
    standin.fault("GET", "/tasks/key/", "status", status=500)
    standin.fault("GET", "/tasks/key/", "status", status=501)
    assert [task.get().status_code for _ in range(3)] == [500, 501, 200]


def test_faults_apply_to_sign_in_too(standin, db, client, sign_in):
    standin.fault("POST", "/accounts/token", "garbage")
    sign_in(client)
    assert "_auth_user_id" not in client.session


def test_an_unknown_kind_is_an_error(standin):
    with pytest.raises(ValueError, match="explode is none of compressed, cut_after"):
        standin.fault("GET", "/", "explode")
    assert len(KINDS) == 13


def test_a_used_up_fault_matches_nothing():
    assert not Fault("GET", "/me", "empty", times=0).matches("GET", "/me")
