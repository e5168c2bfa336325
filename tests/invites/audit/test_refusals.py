"""A flood of refused attempts fills no log, and none of it goes uncounted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine

from invites.audit import refusals
from invites.audit.models import Event
from invites.audit.presenters import present
from invites.audit.refusals import RECORDED, Refusal, record_omitted, record_refusals
from portal.models import RefusalCounter
from tests.threads import at_once

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
AUDIT = Refusal({"rule": "right", "right": "audit", "path": "/audit/7/"})
INVITE = Refusal({"rule": "right", "right": "invite", "path": "/invite/"})
DOMAIN = Refusal({"rule": "domain", "policy": 3})


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def refuse(*which, by, times=1):
    for _ in range(times):
        record_refusals(which, by=by)


def total():
    """How many refusals the log tells of."""
    return sum(event.details.get("more", 1) for event in Event.objects.all())


@pytest.mark.django_db
def test_the_first_of_a_kind_are_recorded_and_the_others_counted(paula, clock):
    refuse(AUDIT, by=paula, times=1200)
    assert Event.objects.count() == RECORDED
    clock.shift(timedelta(seconds=60))
    refuse(AUDIT, by=paula)
    assert Event.objects.count() == RECORDED + 2
    *_, summary, last = Event.objects.order_by("sequence")
    assert summary.details == {"rule": "right", "right": "audit", "more": 1200 - RECORDED, "seconds": 60}
    assert last.details == AUDIT.details
    assert total() == 1201


@pytest.mark.django_db
def test_the_count_is_in_the_sentence(paula, administrator, clock):
    refuse(AUDIT, by=paula, times=RECORDED + 1190)
    clock.shift(timedelta(seconds=60))
    record_omitted(paula.workspace)
    (row,) = present([Event.objects.latest("sequence")])
    assert row.sentence == (
        "The portal refused Paula Planer 1,190 more times within a minute: "
        "the person's desk role doesn't allow this."
    )


@pytest.mark.django_db
def test_reading_the_log_records_what_was_counted_once_the_minute_is_over(
    paula, administrator, reader, clock
):
    refuse(DOMAIN, by=paula, times=RECORDED + 5)
    reader.get("/audit/")
    assert total() == RECORDED
    clock.shift(timedelta(seconds=60))
    for _ in range(2):
        assert "5 more times within a minute" in reader.get("/audit/").content.decode()
    assert total() == RECORDED + 5
    summary = Event.objects.latest("sequence")
    assert (summary.actor_id, summary.actor_name) == (paula.id, "Paula Planer")
    assert summary.ip_address == paula.ip_address
    assert set(RefusalCounter.objects.values_list("omitted", "ip_address")) == {(0, "")}


@pytest.mark.django_db
def test_an_export_contains_what_was_counted(paula, administrator, reader, clock):
    refuse(DOMAIN, by=paula, times=RECORDED + 5)
    clock.shift(timedelta(seconds=60))
    assert '"more":5' in b"".join(reader.get("/audit/export.jsonl").streaming_content).decode().replace(
        " ", ""
    )


@pytest.mark.django_db
def test_people_workspaces_rules_and_permissions_are_counted_apart(paula, clock):
    others = (paula, replace(paula, id=uuid4()), replace(paula, workspace=uuid4()))
    for who in others:
        refuse(AUDIT, INVITE, DOMAIN, by=who, times=RECORDED)
    assert Event.objects.count() == 3 * 3 * RECORDED
    assert not RefusalCounter.objects.filter(omitted__gt=0).exists()


@pytest.mark.django_db
def test_a_refused_person_without_id_is_always_recorded(paula, clock):
    refuse(AUDIT, by=replace(paula, id=None), times=RECORDED + 1)
    assert Event.objects.count() == RECORDED + 1


@pytest.mark.django_db
def test_people_who_are_gone_are_counted_without_a_name(paula, clock):
    refuse(AUDIT, by=paula, times=RECORDED + 1)
    clock.shift(timedelta(seconds=60))
    record_omitted(paula.workspace)
    assert Event.objects.latest("sequence").actor_id == paula.id
    assert total() == RECORDED + 1


@pytest.mark.django_db(transaction=True)
def test_the_count_is_kept_if_its_event_cannot_be_written(paula, clock, monkeypatch):
    refuse(AUDIT, by=paula, times=RECORDED + 7)
    clock.shift(timedelta(seconds=60))

    def broken(*_, **__):
        raise RuntimeError("no writing")

    with monkeypatch.context() as patch:
        patch.setattr(refusals, "record", broken)
        for attempt in (lambda: record_omitted(paula.workspace), lambda: refuse(AUDIT, by=paula)):
            with pytest.raises(RuntimeError):
                attempt()
    record_omitted(paula.workspace)
    assert total() == RECORDED + 7


@pytest.mark.django_db(transaction=True)
def test_sixteen_threads_lose_no_refusal_while_the_log_is_read(paula, monkeypatch):
    monkeypatch.setattr(refusals, "WINDOW", timedelta(milliseconds=200))

    def go(number):
        for _ in range(20):
            refuse(*([AUDIT, DOMAIN] if number % 2 else [DOMAIN, AUDIT]), by=paula)
            if number < 2:
                record_omitted(paula.workspace)

    at_once(16, go)
    RefusalCounter.objects.update(ends_at=NOON)
    record_omitted(paula.workspace)
    assert total() == 16 * 20 * 2


@pytest.mark.django_db
def test_pages_that_are_refused_are_counted(client, administrator, clock):
    administrator.role = "manager"
    administrator.save()
    client.force_login(administrator)
    for number in range(RECORDED + 3):
        assert client.get(f"/audit/{number}/").status_code == 403
    assert Event.objects.count() == RECORDED
    assert RefusalCounter.objects.get().omitted == 3
