"""No damaged or forged export passes the offline verifier as complete."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from invites.audit import checkpoints
from invites.audit.catalogue import EventType
from invites.audit.record import record
from portal.actor import PORTAL_WORKSPACE
from portal.awork.schemas import Exchange
from tests.invites.audit import mutants
from tests.invites.audit.mutants import Export

pytestmark = pytest.mark.django_db


@pytest.fixture
def export(reader, paula, snapshot):
    """An export of two chains, and the checkpoints that were saved after it."""
    exchange = Exchange("POST", "/tasks/assignuserbyemail", 200, "", "0af765", 37)
    record(EventType.SIGN_IN_REFUSED, by=replace(paula, workspace=PORTAL_WORKSPACE))
    for number in range(3):
        details = {"n": [number, None, {"x": True}]}
        record(EventType.INVITATION_SENT, by=paula, snapshot=snapshot, details=details, exchange=exchange)
    lines = reader.get("/audit/export.jsonl").getvalue().decode().splitlines(keepends=True)
    saved = reader.get("/audit/checkpoints.txt").text.splitlines()
    return Export(lines, saved, checkpoints.public_key())


def test_each_mutant_is_refused_or_named(export, settings, tmp_path):
    whole = "".join(export.lines).encode(), "\n".join(export.checkpoints)
    assert mutants.verify(tmp_path, *whole, export.key)[0] == 0
    settings.AUDIT_KEY = Ed25519PrivateKey.generate().private_bytes_raw()
    said = [checkpoints.parse(line) for line in export.checkpoints]
    foreign = [checkpoints.sign(one.workspace, one.sequence, one.hash) for one in said]

    results = []
    for mutant in mutants.mutants(export, foreign):
        code, words = mutants.verify(tmp_path, mutant.export, mutant.checkpoints, export.key)
        results.append((mutant.kind, code))
        assert code, (mutant, words)
        assert words.strip(), mutant
        assert words.isascii(), mutant
        assert words.replace("\n", "").isprintable(), mutant
        assert "Traceback" not in words, mutant

    print(mutants.table(results))
    assert len(results) > 200
    codes = {kind: {code for other, code in results if other == kind} for kind, _ in results}
    assert codes["cut, filters claimed"] <= {2, 3}
    assert codes["chain rewritten"] == codes["lines swapped"] == codes["line removed"] == {1}
    assert codes["checkpoint of another key"] == codes["checkpoint signed for another"] == {1}
    assert codes["all checkpoints removed"] == codes["checkpoints of one chain removed"] == {4}
