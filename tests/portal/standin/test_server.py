"""The server with well-behaved and misbehaving clients."""

import json
import socket

import httpx
import pytest

from portal.standin.server import BODY_LIMIT, DRAIN_LIMIT
from tests.standin_server import RunningStandin
from tests.threads import at_once


class Connection:
    """A raw socket connection to the stand-in."""

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
def connection(standin):
    connection = Connection(standin)
    yield connection
    connection.file.close()
    connection.socket.close()


ME = "GET /standin/api/v1/me HTTP/1.1"
INVITE = "POST /standin/api/v1/tasks/assignuserbyemail HTTP/1.1"


def alive(connection: Connection) -> bool:
    connection.send(ME)
    return connection.receive()[0] == 200


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
def test_a_connection_stays_open_after_an_error(connection, line, status):
    connection.send(line)
    assert connection.receive()[0] == status
    assert alive(connection)


def test_an_unread_body_is_not_read_as_the_next_request(connection):
    smuggled = b"GET /standin/api/v1/roles HTTP/1.1\r\n\r\n"
    for line in ("POST /standin/api/v1/nothing HTTP/1.1", "POST /nothing HTTP/1.1", ME):
        connection.send(line, f"Content-Length: {len(smuggled)}", body=smuggled)
        connection.receive()
        assert alive(connection)


def test_pipelined_requests_are_answered_in_order(connection):
    for line in (ME, "GET /standin/api/v1/roles HTTP/1.1", ME):
        connection.send(line)
    assert [connection.receive()[0] for _ in range(3)] == [200, 401, 200]


def test_a_body_over_the_limit_is_refused_and_the_connection_stays_open(connection, standin):
    body = b"x" * (BODY_LIMIT + 1)
    connection.send(INVITE, f"Content-Length: {len(body)}", body=body)
    status, _, said = connection.receive()
    assert (status, json.loads(said)["code"]) == (413, "request-body-too-large")
    assert alive(connection)
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
def test_a_body_of_unknown_length_closes_the_connection(connection, header, status):
    connection.send(INVITE, header)
    assert connection.receive()[0] == status
    assert connection.ended()


def test_a_client_that_disconnects_affects_nobody_else(connection, standin):
    connection.send(INVITE, "Content-Length: 100", body=b"{")
    connection.socket.shutdown(socket.SHUT_RDWR)
    assert httpx.get(f"{standin.root}/standin/").status_code == 200


def test_head_has_no_body(connection):
    connection.send("HEAD /standin/ HTTP/1.1")
    status, headers, _ = connection.receive(head=True)
    assert (status, int(headers["content-length"]) > 500) == (200, True)
    assert alive(connection)


def test_every_response_has_rate_limit_headers(standin):
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


def test_requests_are_logged(standin, as_):
    as_("paula").get("/search?searchTerm=O%27Connor&top=3")
    as_("mona").post("/tasks/assignuserbyemail", json={"email": "ü"})
    search, invite = standin.requests
    assert (search.method, search.path, search.status, search.caller) == ("GET", "/search", 200, "paula")
    assert search.query == {"searchTerm": "O'Connor", "top": "3"}
    assert (invite.body, invite.status, invite.caller) == ({"email": "ü"}, 400, "mona")
    assert (standin.count(), standin.count("POST"), standin.count("GET", "/search")) == (2, 1, 1)


def test_forms_are_logged_as_fields(standin):
    httpx.post(f"{standin.url}/accounts/token", data={"grant_type": "x"})
    assert standin.requests[-1].body == {"grant_type": "x"}


def test_too_many_form_fields_are_refused(standin):
    answer = httpx.post(f"{standin.url}/accounts/token", data={f"f{number}": "1" for number in range(2000)})
    assert answer.status_code == 400


def test_concurrent_requests_are_all_answered(standin):
    token = standin.token("paula")
    standin.limits.second = 1000

    def ask(number: int) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=standin.url, headers=headers) as client:
            return sum(client.get("/me").status_code for _ in range(5))

    assert at_once(20, ask) == [1000] * 20
    assert standin.count("GET", "/me") == 100
