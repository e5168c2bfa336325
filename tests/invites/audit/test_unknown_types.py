"""Events of types that only a later version knows: after a rollback, they are shown plainly and verify."""

from uuid import uuid4

import pytest
from django.db import transaction

from invites.audit import chain, verify
from invites.audit.models import Event, Person
from tests.invites.audit.conftest import WORKSPACE

SENTENCE = "Mona Mäder did something unknown to this portal (moon-phase-changed)."


@pytest.fixture
def later(administrator):
    """An event that a later version has recorded, with details and a person of kinds unknown here."""
    person = Person(position=0, kind="moon", salt="0" * 64, email="luna@creative.example")
    event = Event(
        workspace=WORKSPACE,
        type="moon-phase-changed",
        outcome="waxing",
        request_id=uuid4(),
        actor_name="Mona Mäder",
        details={"phase": "new moon", "orbits": [1, {"of": None}], "reason": 7},
        people=[chain.digest(person)],
    )
    with transaction.atomic():
        chain.append(event)
        person.event = event.id
        person.save()
    return event


def test_it_is_shown_and_exported(reader, later):
    shown = reader.get("/audit/").text
    own = reader.get(later.get_absolute_url()).text
    assert SENTENCE in shown.replace("<wbr>", "")
    assert SENTENCE in own.replace("<wbr>", "")
    assert "new moon" in own
    for address in ("export.jsonl", "export.csv", "?q=moon", "histogram/"):
        assert reader.get(f"/audit/{address}").status_code == 200
    exported = b"".join(reader.get("/audit/export.jsonl").streaming_content).decode()
    assert "moon-phase-changed" in exported


def test_it_verifies(later):
    assert verify.verify(WORKSPACE, []).problem is None
