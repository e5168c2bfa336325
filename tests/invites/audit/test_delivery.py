import socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread, enumerate
from time import monotonic

import pytest
from django.db import transaction

from invites.audit import checkpoints, delivery
from invites.audit.catalogue import EventType
from invites.audit.models import Checkpoint
from invites.audit.record import record
from tests.metrics import Increase

pytestmark = pytest.mark.django_db


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
    assert delivery.publish("a line")
    settings.AUDIT_CHECKPOINTS = f"http://127.0.0.1:{server.server_port}/broken"
    assert not delivery.publish("another line")
    server.shutdown()
    server.server_close()
    assert got == [b"a line\n", b"another line\n"]
    counts = {("desk_checkpoints_total", "delivered"): 1, ("desk_checkpoints_total", "lost"): 1}
    assert grown() == counts


@pytest.mark.parametrize("address", ["http://[::1", "http://localhost:port/"])
def test_an_address_that_is_none_stops_nothing(settings, caplog, address):
    settings.AUDIT_CHECKPOINTS = address
    assert not delivery.publish("a line")
    assert "did not reach" in caplog.text


def test_a_receiver_that_does_not_speak_http_stops_nothing(settings, caplog):
    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=lambda: server.accept()[0].sendall(b"220 mail.example ready\r\n"), daemon=True).start()
        settings.AUDIT_CHECKPOINTS = f"http://127.0.0.1:{server.getsockname()[1]}/"
        assert not delivery.publish("a line")
    assert "did not reach" in caplog.text


def test_a_place_that_cannot_be_reached_stops_nothing(settings, tmp_path, caplog):
    settings.AUDIT_CHECKPOINTS = str(tmp_path / "missing" / "file")
    assert not delivery.publish("a line")
    assert "did not reach" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_silent_receiver_holds_nobody_up(paula, settings, monkeypatch, caplog):
    monkeypatch.setattr(delivery, "PUBLISH_SECONDS", 2)
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
