import socket
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread, enumerate
from time import monotonic

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.db import transaction

from invites.audit import checkpoints
from invites.audit.catalogue import EventType
from invites.audit.models import Checkpoint
from invites.audit.record import record
from tests.metrics import Increase

pytestmark = pytest.mark.django_db


def test_a_line_says_where_the_chain_stands(paula):
    record(EventType.SIGNED_IN, by=paula)
    event = record(EventType.SIGNED_OUT, by=paula)

    said = checkpoints.parse(checkpoints.create(event))

    assert (said.workspace, said.sequence, said.hash, said.count) == (event.workspace, 2, event.hash, 2)
    assert said.signed


def test_the_signature_can_be_checked_without_the_portal(paula):
    line = checkpoints.create(record(EventType.SIGNED_IN, by=paula))
    said, signature = line.rsplit(" ", 1)
    key = Ed25519PublicKey.from_public_bytes(b64decode(said.split(" ")[-1]))
    key.verify(b64decode(signature), said.encode())


def test_a_changed_line_is_not_signed(paula):
    line = checkpoints.create(record(EventType.SIGNED_IN, by=paula))
    assert not checkpoints.parse(line.replace(" 1 ", " 2 ", 1)).signed


def test_a_line_of_another_key_is_not_signed(paula, settings):
    line = checkpoints.create(record(EventType.SIGNED_IN, by=paula))
    settings.AUDIT_KEY = Ed25519PrivateKey.generate().private_bytes_raw()
    assert not checkpoints.parse(line).signed


@pytest.mark.parametrize("line", ["", "nonsense", "audit-checkpoint-2 a b c d e f g", "a b c d e f g h"])
def test_what_is_not_a_checkpoint_is_told(line):
    with pytest.raises(checkpoints.InvalidCheckpoint):
        checkpoints.parse(line)


def test_one_is_made_at_every_thousandth_event(paula, monkeypatch):
    monkeypatch.setattr(checkpoints, "INTERVAL", 3)
    for _ in range(7):
        record(EventType.SIGNED_IN, by=paula)
    assert list(Checkpoint.objects.values_list("sequence", flat=True)) == [3, 6]
    assert len(checkpoints.stored_lines([paula.workspace])) == 2


@pytest.mark.django_db(transaction=True)
def test_lines_are_appended_to_a_file_once_they_are_committed(paula, settings, tmp_path):
    settings.AUDIT_CHECKPOINTS = str(tmp_path / "checkpoints.txt")
    with transaction.atomic():
        line = checkpoints.create(record(EventType.SIGNED_IN, by=paula))
        assert not (tmp_path / "checkpoints.txt").exists()
    assert (tmp_path / "checkpoints.txt").read_text() == f"{line}\n"


def test_lines_are_posted_to_an_address(settings):
    got = []

    class Keeper(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204 if self.path == "/keep" else 500)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Keeper)
    Thread(target=server.serve_forever, daemon=True).start()
    settings.AUDIT_CHECKPOINTS = f"http://127.0.0.1:{server.server_port}/keep"
    grown = Increase()
    assert checkpoints.publish("a line")
    settings.AUDIT_CHECKPOINTS = f"http://127.0.0.1:{server.server_port}/broken"
    assert not checkpoints.publish("another line")
    server.shutdown()
    server.server_close()
    assert got == [b"a line\n", b"another line\n"]
    counts = {("desk_checkpoints_total", "delivered"): 1, ("desk_checkpoints_total", "lost"): 1}
    assert grown() == counts


@pytest.mark.parametrize("address", ["http://[::1", "http://localhost:port/"])
def test_an_address_that_is_none_stops_nothing(settings, caplog, address):
    settings.AUDIT_CHECKPOINTS = address
    assert not checkpoints.publish("a line")
    assert "did not reach" in caplog.text


def test_a_receiver_that_does_not_speak_http_stops_nothing(settings, caplog):
    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=lambda: server.accept()[0].sendall(b"220 mail.example ready\r\n"), daemon=True).start()
        settings.AUDIT_CHECKPOINTS = f"http://127.0.0.1:{server.getsockname()[1]}/"
        assert not checkpoints.publish("a line")
    assert "did not reach" in caplog.text


def test_a_place_that_cannot_be_reached_stops_nothing(settings, tmp_path, caplog):
    settings.AUDIT_CHECKPOINTS = str(tmp_path / "missing" / "file")
    assert not checkpoints.publish("a line")
    assert "did not reach" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_silent_receiver_holds_nobody_up(paula, settings, monkeypatch, caplog):
    monkeypatch.setattr(checkpoints, "PUBLISH_SECONDS", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.AUDIT_CHECKPOINTS = f"https://127.0.0.1:{silent.getsockname()[1]}/"
        begun = monotonic()
        with transaction.atomic():
            checkpoints.create(record(EventType.SIGNED_IN, by=paula))
        assert monotonic() - begun < 1.5
        [publisher] = [one for one in enumerate() if one.name == "checkpoint"]
        publisher.join(20)
        assert not publisher.is_alive()
    assert "did not reach" in caplog.text
    assert Checkpoint.objects.count() == 1
