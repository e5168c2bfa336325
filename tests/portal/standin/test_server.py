"""The server against clients that do not behave."""

import json
import socket

import httpx
import pytest

from portal.standin.server import BODY_LIMIT, DRAIN_LIMIT
from tests.standin_server import RunningStandin
from tests.threads import at_once


class Wire:
    """A bare connection to the stand-in."""

    def __init__(self, standin: RunningStandin) -> None:
        self.token = standin.token("paula")
        self.socket = socket.create_connection(("127.0.0.1", standin.server.server_port), timeout=5)
        self.file = self.socket.makefile("rb")

    def send(self, line: str, *headers: str, body: bytes = b"") -> None:
        head = [line, "Host: awork.example", f"Authorization: Bearer {self.token}", *headers, "", ""]
        self.socket.sendall("\r\n".join(head).encode() + body)

    def receive(self, *, head: bool = False) -> tuple[int, dict[str, str], bytes]:
        status = int(self.file.readline().split()[1])
        headers = {}
        while line := self.file.readline().strip():
            name, _, value = line.decode().partition(": ")
            headers[name.lower()] = value
        return status, headers, b"" if head else self.file.read(int(headers["content-length"]))

    def ended(self) -> bool:
        try:
            return self.file.read(1) == b""
        except ConnectionResetError:
            return True


@pytest.fixture
def wire(standin):
    wire = Wire(standin)
    yield wire
    wire.file.close()
    wire.socket.close()


ME = "GET /standin/api/v1/me HTTP/1.1"
INVITE = "POST /standin/api/v1/tasks/assignuserbyemail HTTP/1.1"


def alive(wire: Wire) -> bool:
    wire.send(ME)
    return wire.receive()[0] == 200


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("GET /standin/api/v1/nothing HTTP/1.1", 404),
        ("GET /nothing HTTP/1.1", 404),
        ("GET /standin/api/v1/roles HTTP/1.1", 401),
        ("DELETE /standin/api/v1/me HTTP/1.1", 405),
        ("GET /standin/api/v1/search HTTP/1.1", 400),
        ("GET /standin/api/v1/users/autofill/a%00b%2F..%2F%FF@x.example HTTP/1.1", 404),
    ],
)
def test_a_connection_lives_on_after_an_error(wire, line, status):
    wire.send(line)
    assert wire.receive()[0] == status
    assert alive(wire)


def test_a_body_that_nobody_reads_is_not_taken_for_the_next_request(wire):
    smuggled = b"GET /standin/api/v1/roles HTTP/1.1\r\n\r\n"
    for line in ("POST /standin/api/v1/nothing HTTP/1.1", "POST /nothing HTTP/1.1", ME):
        wire.send(line, f"Content-Length: {len(smuggled)}", body=smuggled)
        wire.receive()
        assert alive(wire)


def test_requests_that_come_together_are_answered_in_order(wire):
    for line in (ME, "GET /standin/api/v1/roles HTTP/1.1", ME):
        wire.send(line)
    assert [wire.receive()[0] for _ in range(3)] == [200, 401, 200]


def test_a_body_over_the_limit_is_refused_and_the_connection_lives_on(wire, standin):
    body = b"x" * (BODY_LIMIT + 1)
    wire.send(INVITE, f"Content-Length: {len(body)}", body=body)
    status, _, said = wire.receive()
    assert (status, json.loads(said)["code"]) == (413, "request-body-too-large")
    assert alive(wire)
    assert standin.requests[0].body is None


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (f"Content-Length: {DRAIN_LIMIT + 1}", 413),
        ("Content-Length: " + "9" * 6000, 411),
        ("Content-Length: -1", 411),
        ("Content-Length: two", 411),
        ("Content-Length: +2", 411),
        ("Transfer-Encoding: chunked", 411),
    ],
)
def test_a_body_of_no_known_length_ends_the_connection(wire, header, status):
    wire.send(INVITE, header)
    assert wire.receive()[0] == status
    assert wire.ended()


def test_a_client_that_leaves_in_the_middle_harms_nobody(wire, standin):
    wire.send(INVITE, "Content-Length: 100", body=b"{")
    wire.socket.shutdown(socket.SHUT_RDWR)
    assert httpx.get(f"{standin.root}/standin/").status_code == 200


def test_head_is_answered_without_a_body(wire):
    wire.send("HEAD /standin/ HTTP/1.1")
    status, headers, _ = wire.receive(head=True)
    assert (status, int(headers["content-length"]) > 500) == (200, True)
    assert alive(wire)


def test_every_answer_carries_the_limits(standin):
    answer = httpx.get(f"{standin.url}/nothing")
    assert answer.headers["x-ratelimit-limit-minute"] == "1000"


def test_too_many_requests_are_429_and_have_no_effect(standin, as_):
    paula = as_("paula")
    standin.limits.minute = 1
    assert paula.get("/me").status_code == 200
    path = f"/tasks/{standin.world.task('WEB-12').id}/setassignees"
    answer = paula.post(path, json=[])
    assert (answer.status_code, answer.headers["ratelimit-remaining"]) == (429, "0")
    assert 1 <= int(answer.headers["ratelimit-reset"]) <= 60
    assert len(standin.world.assigned("WEB-12")) == 2


def test_what_came_is_written_down(standin, as_):
    as_("paula").get("/search?searchTerm=O%27Connor&top=3")
    as_("mona").post("/tasks/assignuserbyemail", json={"email": "ü"})
    search, invite = standin.requests
    assert (search.method, search.path, search.status, search.caller) == ("GET", "/search", 200, "paula")
    assert search.query == {"searchTerm": "O'Connor", "top": "3"}
    assert (invite.body, invite.status, invite.caller) == ({"email": "ü"}, 400, "mona")
    assert (standin.count(), standin.count("POST"), standin.count("GET", "/search")) == (2, 1, 1)


def test_a_form_is_written_down_by_its_fields(standin):
    httpx.post(f"{standin.url}/accounts/token", data={"grant_type": "x"})
    assert standin.requests[-1].body == {"grant_type": "x"}


def test_a_form_of_too_many_fields_is_refused(standin):
    answer = httpx.post(f"{standin.url}/accounts/token", data={f"f{number}": "1" for number in range(2000)})
    assert answer.status_code == 400


def test_many_at_once_are_all_answered(standin):
    token = standin.token("paula")
    standin.limits.second = 1000

    def ask(number: int) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=standin.url, headers=headers) as client:
            return sum(client.get("/me").status_code for _ in range(5))

    assert at_once(20, ask) == [1000] * 20
    assert standin.count("GET", "/me") == 100
