"""What the offline verifier makes of damaged and forged exports: `python -m tests.bench.verifier`.

Prints the number of exports for each kind of damage and exit code; one with exit code 0 would have passed.
`tests/invites/audit/test_mutants.py` runs the same exports.
"""

# ruff: noqa: E402  (Django is set up before the models can be imported)

import os
import tempfile
from pathlib import Path
from uuid import UUID

FOLDER = tempfile.TemporaryDirectory()
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "tests.settings",
    "DATABASE_URL": f"sqlite:///{FOLDER.name}/db.sqlite3",
}

import django

django.setup()

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.http import QueryDict

from invites.audit import checkpoints, export
from invites.audit.catalogue import EventType
from invites.audit.filters import EventFilter
from invites.audit.record import record
from invites.audit.snapshot import Snapshot
from portal.actor import PORTAL_WORKSPACE, Actor
from tests.invites.audit import mutants

WORKSPACE = UUID(int=1)
PAULA = Actor(WORKSPACE, UUID(int=2), "Paula Planer", "paula@nordlicht.example", "192.0.2.7", "Browser/1.0")


def exported():
    """A small export of two chains and its checkpoints."""
    snapshot = Snapshot(task_key="WEB-12", email="carla@kunde.example", first_name="Carla")
    with transaction.atomic():
        for number in range(4):
            record(EventType.INVITATION_SENT, by=PAULA, snapshot=snapshot, details={"n": [number]})
    with transaction.atomic():
        portal = Actor(PORTAL_WORKSPACE, None, "", "", "192.0.2.8", "Browser/1.0")
        record(EventType.SIGN_IN_REFUSED, by=portal)
    lines = list(export.json_lines(export.start(EventFilter(QueryDict(), WORKSPACE), by=PAULA, form="jsonl")))
    saved = checkpoints.stored_lines([WORKSPACE, PORTAL_WORKSPACE])
    return mutants.Export(lines, saved, checkpoints.public_key())


def main():
    call_command("migrate", verbosity=0)
    whole = exported()
    settings.AUDIT_KEY = Ed25519PrivateKey.generate().private_bytes_raw()
    said = [checkpoints.parse(line) for line in whole.checkpoints]
    foreign = [checkpoints.sign(one.workspace, one.sequence, one.hash) for one in said]
    results = []
    for mutant in mutants.mutants(whole, foreign):
        code, _ = mutants.verify(Path(FOLDER.name), mutant.export, mutant.checkpoints, whole.key)
        results.append((mutant.kind, code))
    print(mutants.table(results))


if __name__ == "__main__":
    main()
