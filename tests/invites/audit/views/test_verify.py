"""The button that verifies the log."""

import re

import pytest

from invites.audit import delivery, triggers
from invites.audit.catalogue import EventType
from invites.audit.models import Checkpoint, Event
from invites.audit.record import record
from portal.locks import named_lock

pytestmark = pytest.mark.django_db


def words(page):
    """The page's text."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).replace(" ,", ",").split())


def test_an_auditor_verifies_and_sees_the_result(reader, administrator, paula):
    administrator.role = "auditor"
    administrator.save()
    record(EventType.SIGNED_IN, by=paula)
    assert "1 event, not verified yet." in words(reader.get("/audit/"))
    assert reader.post("/audit/verify/")["Location"] == "/audit/"
    event = Event.objects.get(type="verified")
    assert (event.outcome, event.actor_name, event.details["events"]) == ("whole", "Paula Planer", 1)
    assert Checkpoint.objects.get().sequence == 2
    assert "Verified up to event 1, today" in words(reader.get("/audit/"))


@pytest.mark.parametrize("interval", [1000, 2])
def test_nothing_is_delivered(reader, paula, settings, monkeypatch, tmp_path, interval):
    """The database may be a copy, and the settings those of the original."""
    record(EventType.SIGNED_IN, by=paula)
    settings.AUDIT_CHECKPOINTS = str(tmp_path / "published.txt")
    monkeypatch.setattr("invites.audit.checkpoints.INTERVAL", interval)
    reader.post("/audit/verify/")
    assert {one.sequence for one in Checkpoint.objects.all()} == {2}
    assert delivery.deliver_now()
    assert not (tmp_path / "published.txt").exists()


def test_a_broken_log_is_shown_as_broken(reader, paula):
    record(EventType.SIGNED_IN, by=paula)
    triggers.remove("default")
    Event.objects.update(outcome="x")
    reader.post("/audit/verify/")
    assert 'data-verified="broken"' in reader.get("/audit/").content.decode()
    assert not Checkpoint.objects.exists()


def test_reading_the_address_verifies_nothing(reader):
    assert reader.get("/audit/verify/")["Location"] == "/audit/"
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_one_walk_at_a_time(reader, administrator, paula):
    with named_lock(f"verify:{administrator.workspace_id}", seconds=60, wait=0):
        answer = reader.post("/audit/verify/")
    assert answer["Location"] == "/audit/?busy=1"
    assert "being verified at the moment" in reader.get("/audit/?busy=1").content.decode()
    assert not Event.objects.filter(type="verified").exists()
