"""Slow clients of a real gunicorn, started as the README says: nobody else waits for them."""

import re
import socket
import threading
import time
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

import httpx
import pytest

from portal.web.gunicorn_worker import (
    MAX_BODY,
    MAX_HEAD,
    MAX_LARGE_BODY,
    REQUEST_SECONDS,
    SEND_SECONDS,
    _request_size,
)
from tests import served

pytestmark = pytest.mark.xdist_group("serving")

CLIENTS = 20  # more than there are threads
FORM = "Content-Type: application/x-www-form-urlencoded"
PROMPT_SECONDS = 5  # on a busy machine; one slow client would hold a thread for longer


@pytest.fixture(scope="module")
def portal():
    with served.portal("http://127.0.0.1:9") as address:
        yield address


@pytest.fixture
def connect(portal):
    """`connect(text)`: a connection that has sent this."""
    with ExitStack() as opened:

        def connected(text: str) -> socket.socket:
            parts = urlsplit(portal)
            client = opened.enter_context(socket.create_connection((parts.hostname, parts.port), timeout=30))
            client.sendall(text.replace("\n", "\r\n").encode())
            return client

        yield connected


@pytest.fixture
def cookie(portal):
    """The CSRF cookie of a visitor, with which a form is read to its end."""
    return f"csrftoken={httpx.get(f'{portal}/login/').cookies['csrftoken']}"


def head(portal, method="POST", path="/login/", *lines):
    return "\n".join([f"{method} {path} HTTP/1.1", f"Host: {urlsplit(portal).netloc}", *lines, "", ""])


def check_prompt(portal):
    """Others are answered at once, the database included."""
    for path in ("/healthz", "/login/") * 3:
        began = time.monotonic()
        assert httpx.get(portal + path, timeout=30).status_code == 200
        assert time.monotonic() - began < PROMPT_SECONDS, path


def check_closed(clients, seconds):
    """All these connections end within so many seconds."""
    end = time.monotonic() + seconds
    for client in clients:
        client.settimeout(max(0.1, end - time.monotonic()))
        with suppress(ConnectionError):
            while client.recv(65536):
                pass


def drip(clients, stopped):
    """Send another byte of each every half a second, until the server closes."""
    while not stopped.wait(0.5):
        for client in clients:
            with suppress(OSError):
                client.send(b"x")


SLOW = {  # further headers, and the beginning of the body
    "a body": ([FORM, "Content-Length: 1000"], "csrfmiddlewaretoken="),
    "headers": ([], None),
    "a chunked body": ([FORM, "Transfer-Encoding: chunked"], "ff\n"),
    "a body too large": ([FORM, f"Content-Length: {MAX_BODY + 1}"], "x"),
}


def test_slow_requests_hold_up_nobody_and_end(portal, connect, cookie):
    """All kinds at the same time, those that stall and those that drip."""
    clients = []
    for lines, body in SLOW.values():
        text = head(portal, "POST", "/login/", f"Cookie: {cookie}", *lines)
        text = text[:-1] if body is None else text + body
        clients += [connect(text) for _ in range(2 * CLIENTS)]
    clients += [connect("") for _ in range(CLIENTS)]
    stopped = threading.Event()
    dripping = threading.Thread(target=drip, args=(clients[::2], stopped))
    dripping.start()
    try:
        check_prompt(portal)
        check_closed(clients, REQUEST_SECONDS + 5)
    finally:
        stopped.set()
        dripping.join()


def test_clients_that_keep_a_closed_connection_open_hold_up_nobody(portal, connect):
    clients = [connect(head(portal, "GET", "/healthz", "Connection: close")) for _ in range(CLIENTS)]
    check_prompt(portal)
    check_closed(clients, 5)


def test_clients_that_do_not_read_lose_their_connection(portal, connect):
    script = re.search(r'src="(/static/[^"]+htmx[^"]+)"', httpx.get(f"{portal}/login/").text)[1]
    wanted = head(portal, "GET", script) * 300  # more than the buffers of both sides take
    clients = [connect(wanted) for _ in range(CLIENTS)]
    time.sleep(3)  # until all threads wait
    began = time.monotonic()
    assert httpx.get(f"{portal}/healthz", timeout=30).status_code == 200
    assert time.monotonic() - began < 2 * SEND_SECONDS + PROMPT_SECONDS, len(clients)


def test_a_form_in_pieces_arrives_whole(portal, connect, cookie):
    body = f"csrfmiddlewaretoken={cookie.partition('=')[2]}&next=/audit/"
    lines = (
        f"Cookie: {cookie}",
        f"Origin: {portal}",
        FORM,
        f"Content-Length: {len(body)}",
        "Connection: close",
    )
    text = head(portal, "POST", "/login/", *lines) + body
    client = connect("")
    for piece in (text[:10], text[10:70], text[70:-30], text[-30:]):
        client.sendall(piece.replace("\n", "\r\n").encode())
        time.sleep(0.1)
    answer = read(client)
    assert answer.startswith("HTTP/1.1 302 "), answer
    assert "/login/refused/unreachable/" in answer  # there is no awork here


def test_requests_sent_together_are_answered_in_order(portal, connect):
    texts = [head(portal, "GET", path) for path in ("/healthz", "/invite/")]
    client = connect("".join(texts) + head(portal, "GET", "/healthz", "Connection: close"))
    assert re.findall(r"HTTP/1.1 (\d+)", read(client)) == ["200", "302", "200"]


def test_headers_without_end_are_refused(portal, connect):
    client = connect(
        head(portal, "GET", "/login/", *["X-Filler: " + "x" * 8000] * (MAX_HEAD // 8000 + 1))[:-1]
    )
    assert read(client).startswith("HTTP/1.1 431 ")


def read(client):
    """All that the server sends until it closes."""
    parts = []
    while data := client.recv(65536):
        parts.append(data)
    return b"".join(parts).decode(errors="replace")


def test_a_large_form_arrives(portal, cookie):
    content = f"csrfmiddlewaretoken={cookie.partition('=')[2]}&lines=".ljust(1_500_000, "x")
    headers = {"Cookie": cookie, "Origin": portal, "Content-Type": "application/x-www-form-urlencoded"}
    assert httpx.post(f"{portal}/invite/many/", content=content, headers=headers).status_code == 302
    assert httpx.post(f"{portal}/invite/", content=content, headers=headers).status_code == 413


@pytest.mark.parametrize(
    ("line", "most"),
    [
        (b"POST /invite/many/ HTTP/1.1", MAX_LARGE_BODY),
        (b"POST /invite/many/send/ HTTP/1.1", MAX_LARGE_BODY),
        (b"POST /invite/ HTTP/1.1", MAX_BODY),
        (b"POST /x?/invite/many/ HTTP/1.1", MAX_BODY),
    ],
)
def test_only_large_forms_are_collected_beyond_the_size_of_others(line, most):
    head = line + b"\r\nContent-Length: %d\r\n\r\n"
    assert _request_size(head % most) == len(head % most) + most
    assert _request_size(head % (most + 1)) == 0
