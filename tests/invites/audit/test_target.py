"""Places that receive checkpoints: files and servers, good ones and bad ones."""

import os
import socket
import ssl
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager

import pytest
from django.core.checks import run_checks

from invites.audit import bounded, target
from invites.audit.bounded import Attempts, NotDelivered
from invites.audit.target import check, send
from tests.receiver import OK, read_request, receiving, saying, status

TOKEN = "a-token-of-more-than-twenty-characters"
NOT_IN_TIME = "it did not answer in time"


@pytest.fixture(autouse=True)
def fresh(monkeypatch, settings):
    """Earlier tests left no attempt behind."""
    monkeypatch.setattr(target, "attempts", Attempts())
    settings.AUDIT_CHECKPOINTS_TOKEN = ""


@pytest.fixture
def brief(monkeypatch):
    """`with brief():` an attempt takes 0.3 seconds at most in the block."""

    @contextmanager
    def block():
        with monkeypatch.context() as patch:
            patch.setattr(bounded, "TOTAL_SECONDS", 0.3)
            yield

    return block


@pytest.fixture
def receiver(settings):
    with receiving() as running:
        settings.AUDIT_CHECKPOINTS = running.url
        yield running


def problem_of(line="a line"):
    """Why a line was not delivered."""
    with pytest.raises(NotDelivered) as found:
        send(line)
    return str(found.value)


def test_a_line_is_posted_as_text(receiver):
    send("a line")
    [(head, body)] = receiver.requests
    assert head.startswith("POST /keep HTTP/1.1\r\n")
    assert "Content-Type: text/plain\r\n" in head
    assert "Authorization" not in head
    assert body == "a line\n"


def test_the_token_is_sent_and_never_said(receiver, settings):
    settings.AUDIT_CHECKPOINTS_TOKEN = TOKEN
    send("a line")
    assert f"Authorization: Bearer {TOKEN}\r\n" in receiver.requests[0][0]
    for answer in (f"HTTP/1.1 500 {TOKEN}\r\n\r\n", f"{TOKEN}\r\n\r\n", f"HTTP/1.1 200\r\n{TOKEN}" * 9000):
        receiver.answer = saying(answer.encode())
        assert TOKEN not in problem_of()


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused(receiver, code):
    with receiving() as elsewhere:
        receiver.answer = status(code, f"Location: {elsewhere.url}")
        assert problem_of() == f"it answered {code}"
        assert elsewhere.requests == []


@pytest.mark.parametrize("code", [200, 201, 202, 204])
def test_any_success_counts(receiver, code):
    receiver.answer = status(code)
    send("a line")


@pytest.mark.parametrize("code", [304, 400, 401, 404, 500, 503])
def test_any_other_answer_does_not(receiver, code):
    receiver.answer = status(code)
    assert problem_of() == f"it answered {code}"


def byte_by_byte(connection):
    for one in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 1000:
        connection.sendall(bytes([one]))
        time.sleep(0.02)


def endless_continue(connection):
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.02)


@pytest.mark.parametrize("answer", [lambda connection: None, byte_by_byte, endless_continue])
def test_a_slow_receiver_is_left_in_time(receiver, brief, answer):
    receiver.answer = answer
    begun = time.monotonic()
    with brief():
        assert problem_of() == NOT_IN_TIME
    assert time.monotonic() - begun < 2
    assert receiver.closed.wait(2)
    assert wait([target.attempts.last], 2).done  # it waits no longer either
    receiver.answer = saying(OK)
    send("another line")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (socket.socket.close, "it closed the connection without an answer"),
        (saying(b"220 mail.example ready\r\n"), "its answer is not valid HTTP"),
        (saying(b"HTTP/1.1 999999 OK\r\n\r\n"), "its answer is not valid HTTP"),
        (saying(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000), "its answer is not valid HTTP"),
    ],
)
def test_what_is_no_answer_delivers_nothing(receiver, answer, words):
    receiver.answer = answer
    assert problem_of() == words


def endless_body(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"x" * 100_000)


@pytest.mark.parametrize(
    "answer", [endless_body, saying(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx")]
)
def test_the_body_of_an_answer_is_not_read(receiver, answer):
    receiver.answer = answer
    send("a line")


def test_a_server_that_is_not_there(settings):
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.AUDIT_CHECKPOINTS = f"http://127.0.0.1:{server.getsockname()[1]}/secret-path"
    assert problem_of() == os.strerror(111)


def test_a_certificate_that_is_not_trusted_is_refused(receiver, settings, tmp_path):
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    options = ["-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=127.0.0.1"]
    subprocess.run(["openssl", "req", *options, "-out", certificate, "-keyout", key], check=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    receiver.read = lambda connection: read_request(tls.wrap_socket(connection, server_side=True))
    settings.AUDIT_CHECKPOINTS = receiver.url.replace("http:", "https:")
    assert "certificate verify failed" in problem_of()
    assert receiver.requests == []


def test_plain_http_never_goes_to_a_proxy(receiver, monkeypatch):
    with receiving() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        send("a line")
        assert (proxy.requests, receiver.bodies) == ([], ["a line\n"])


def test_lines_are_appended_to_a_file(settings, tmp_path):
    settings.AUDIT_CHECKPOINTS = str(tmp_path / "kept.txt")
    send("a line")
    send("another line")
    assert (tmp_path / "kept.txt").read_text() == "a line\nanother line\n"


@pytest.mark.parametrize("name", ["missing/kept.txt", "."])
def test_a_file_that_cannot_be_written(settings, tmp_path, name):
    settings.AUDIT_CHECKPOINTS = str(tmp_path / name)
    assert problem_of() in {os.strerror(2), os.strerror(21)}


def test_a_full_disk_leaves_no_part_of_a_line(settings, tmp_path):
    settings.AUDIT_CHECKPOINTS = "/dev/full"
    assert problem_of() == os.strerror(28)


def test_a_file_system_that_hangs_is_left_in_time_and_not_asked_again(settings, brief, tmp_path):
    os.mkfifo(tmp_path / "hangs")
    settings.AUDIT_CHECKPOINTS = str(tmp_path / "hangs")
    with brief():
        assert problem_of("first") == NOT_IN_TIME
    assert problem_of("second") == "the previous attempt still hangs"
    assert (tmp_path / "hangs").read_text() == "first\n"  # now it goes on
    target.attempts.last.result(2)
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send, "third")
        assert (tmp_path / "hangs").read_text() == "third\n"
        assert sending.result(2) is None


def warnings():
    return [str(one.msg) for one in check()]


def test_the_check_posts_nothing(receiver, settings):
    settings.AUDIT_CHECKPOINTS_TOKEN = TOKEN
    for answer in (200, 204, 404, 405, 501):  # these may well know POST
        receiver.answer = status(answer)
        assert warnings() == []
    assert {head.partition(" ")[0] for head, _ in receiver.requests} == {"HEAD"}
    assert f"Bearer {TOKEN}" in receiver.requests[0][0]


@pytest.mark.parametrize("code", [302, 401, 403, 500, 503])
def test_the_check_names_a_receiver_that_refuses(receiver, code):
    receiver.answer = status(code)
    assert warnings() == [f"AUDIT_CHECKPOINTS can't receive checkpoints: it answered {code}."]


def test_the_check_names_a_server_that_is_silent(receiver, brief):
    receiver.answer = lambda connection: None
    with brief():
        assert warnings() == [f"AUDIT_CHECKPOINTS can't receive checkpoints: {NOT_IN_TIME}."]


def test_the_check_opens_the_file_and_creates_none(settings, tmp_path):
    settings.AUDIT_CHECKPOINTS = str(tmp_path / "kept.txt")
    assert warnings() == []
    assert not list(tmp_path.iterdir())
    (tmp_path / "kept.txt").write_text("a line\n")
    assert warnings() == []
    assert (tmp_path / "kept.txt").read_text() == "a line\n"


@pytest.mark.parametrize("name", ["missing/kept.txt", "."])
def test_the_check_names_a_file_that_cannot_be_written(settings, tmp_path, name):
    settings.AUDIT_CHECKPOINTS = str(tmp_path / name)
    assert len(warnings()) == 1


def test_it_is_a_check_of_the_deployment(settings, tmp_path):
    settings.AUDIT_CHECKPOINTS = str(tmp_path / "missing" / "kept.txt")
    found = [{one.id for one in run_checks(include_deployment_checks=deploy)} for deploy in (False, True)]
    assert ["audit.W001" in ids for ids in found] == [False, True]


def test_nothing_is_checked_where_no_place_is_set(settings):
    settings.AUDIT_CHECKPOINTS = ""
    assert warnings() == []
