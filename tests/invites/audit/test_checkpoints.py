from base64 import b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from invites.audit import checkpoints
from invites.audit.catalogue import EventType
from invites.audit.models import Checkpoint
from invites.audit.record import record

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
