import csv
import io
import json
from dataclasses import replace
from html import unescape

import pytest
from django.db import transaction

from invites.audit import chain, checkpoints, export, triggers
from invites.audit.catalogue import EventType
from invites.audit.fields import canonical
from invites.audit.models import Checkpoint, Event, Person
from invites.audit.record import record
from portal.actor import PORTAL_WORKSPACE
from portal.awork.schemas import Exchange
from tests.invites.audit.conftest import WORKSPACE
from tests.traces import everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def mixed(paula, snapshot):
    exchange = Exchange("POST", "/tasks/assignuserbyemail", 200, "", "0af765", 37)
    record(EventType.SIGNED_IN, by=paula)
    record(EventType.INVITATION_SENT, by=paula, snapshot=snapshot, exchange=exchange, outcome="sent")
    record(EventType.SIGN_IN_REFUSED, by=replace(paula, workspace=PORTAL_WORKSPACE))


def lines(response):
    assert response.status_code == 200
    return [json.loads(line) for line in response.getvalue().decode().splitlines()]


def sheet(response):
    assert response.status_code == 200
    """The rows but for the last one, which says that it is the last."""
    *rows, last = csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig")))
    assert last[0].startswith(f"End of export: {len(rows) - 1} row")
    return rows


def test_json_lines_hold_what_the_page_shows_and_say_what_they_are(reader, mixed):
    *events, about = lines(reader.get("/audit/export.jsonl"))

    assert [one["event"]["type"] for one in events] == [
        "sign-in-refused",
        "invitation-sent",
        "signed-in",
    ]
    end = Event.objects.get(sequence=2)
    [guest] = Person.objects.filter(event=end.id)
    assert events[1]["event"] == chain.body(end)
    assert events[1]["people"] == [{"salt": guest.salt, **chain.fields_of(guest)}]
    assert about["export"]["count"] == 3
    assert about["export"]["filters"] == {}
    assert about["export"]["chains"][0] == {
        "workspace": str(end.workspace),
        "sequence": 2,
        "hash": end.hash,
        "checkpoint": Checkpoint.objects.get(sequence=2).line,
    }


def test_long_exports_are_sent_in_pieces(reader, mixed, monkeypatch):
    monkeypatch.setattr("invites.audit.views.exports.LINES", 3)
    pieces = [piece.decode() for piece in reader.get("/audit/export.jsonl").streaming_content]
    assert [piece.count("\n") for piece in pieces] == [3, 1]


def test_json_lines_are_canonical(reader, mixed):
    for line in reader.get("/audit/export.jsonl?type=signed-in").getvalue().decode().splitlines():
        assert line == canonical(json.loads(line))


def test_an_export_signs_the_end_of_each_chain_and_then_itself(reader, mixed, paula):
    reader.get("/audit/export.jsonl")
    workspace, portal = str(paula.workspace), str(PORTAL_WORKSPACE)
    signed = [
        checkpoints.parse(line) for line in Checkpoint.objects.order_by("id").values_list("line", flat=True)
    ]
    assert [(str(one.workspace), one.sequence) for one in signed] == [
        (workspace, 2),
        (portal, 1),
        (workspace, 3),
    ]
    assert signed[1].at < signed[2].at


def test_filters_bound_the_export_and_are_named_in_it(reader, mixed):
    *events, about = lines(reader.get("/audit/export.jsonl?type=signed-in"))
    assert [one["event"]["sequence"] for one in events] == [1]
    assert about["export"]["filters"] == {"type": "signed-in"}


def test_words_bound_it_too(reader, mixed):
    *events, _ = lines(reader.get("/audit/export.jsonl?q=carla"))
    assert [one["event"]["sequence"] for one in events] == [2]


def test_csv_has_a_header_and_a_row_for_each_event(reader, mixed):
    names, values = sheet(reader.get("/audit/export.csv?type=invitation-sent"))

    cells = dict(zip(names, values, strict=True))
    assert cells["sentence"].startswith("Paula Planer invited Carla Creative")
    assert (cells["status"], cells["trace_id"], cells["people"]) == (
        "200",
        "0af765",
        "Carla Creative <carla@kunde.example>",
    )


def test_the_last_row_says_that_it_is_the_last_and_where_the_chains_end(reader, mixed, paula):
    record(EventType.SIGN_IN_REFUSED, by=replace(paula, workspace=PORTAL_WORKSPACE))
    ends = [chain.last(one) for one in (WORKSPACE, PORTAL_WORKSPACE)]
    text = reader.get("/audit/export.csv?type=invitation-sent").getvalue().decode()
    names, _, last = csv.reader(text.removeprefix("\ufeff").splitlines())
    assert last == [
        f"End of export: 1 row. The log ended with event {ends[0].sequence}, hash {ends[0].hash}"
        f". The portal's log ended with event {ends[1].sequence}, hash {ends[1].hash}",
        *[""] * (len(names) - 1),
    ]


def test_german_excel_gets_semicolons(reader, mixed):
    text = b"".join(reader.get("/audit/export.csv?separator=semicolon").streaming_content).decode()
    header, *rows = csv.reader(text.removeprefix("\ufeff").splitlines(), delimiter=";")
    assert header[:3] == ["sequence", "at", "sentence"]
    assert {len(row) for row in rows} == {len(header)}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(reader, paula, start):
    record(EventType.SIGNED_IN, by=replace(paula, name=f"{start}cmd|'/c calc'!A0", user_agent=f"{start}x"))
    rows = sheet(reader.get("/audit/export.csv"))
    cells = dict(zip(rows[-2], rows[-1], strict=True))
    assert cells["actor_name"] == f"'{start}cmd|'/c calc'!A0"
    assert cells["user_agent"] == f"'{start}x"
    assert cells["sentence"].startswith("'")


def test_an_export_is_an_event_with_a_checkpoint(reader, mixed):
    reader.get("/audit/export.csv?type=signed-in&ip_address=192.0.2.7")

    event = Event.objects.get(type="exported")
    assert (event.outcome, event.actor_name) == ("csv", "Paula Planer")
    assert event.details == {"rows": 1, "filters": {"type": "signed-in"}}
    assert Checkpoint.objects.last().sequence == event.sequence


def test_whom_an_export_sought_can_be_erased(reader, mixed):
    reader.get("/audit/export.csv?guest=carla@kunde.example&ip_address=192.0.2.7")

    event = Event.objects.get(type="exported")
    assert event.details["filters"] == {}
    sought = Person.objects.get(event=event.id)
    assert (sought.kind, sought.email, sought.ip_address) == ("sought", "carla@kunde.example", "192.0.2.7")


@pytest.mark.parametrize("name", ["q", "project", "role", "outcome"])
def test_typed_text_is_recorded_as_used_but_not_stored(reader, mixed, name):
    reader.get("/audit/export.csv", {name: "zaphod"})

    assert Event.objects.get(type="exported").details["filters"] == {name: True}
    assert "zaphod" not in everything()


def test_a_value_that_the_log_has_is_recorded(reader, mixed):
    reader.get("/audit/export.csv?project=Website")
    assert Event.objects.get(type="exported").details["filters"] == {"project": "Website"}


def test_an_export_does_not_come_from_the_address_that_it_sought(reader, mixed):
    reader.get("/audit/export.csv?ip_address=203.0.113.9")
    assert Person.objects.get(kind="sought").name == "203.0.113.9"
    assert "No events found." in reader.get("/audit/?ip_address=203.0.113.9").text


def test_filters_that_cannot_be_read_lead_back_to_the_page(reader, mixed):
    response = reader.get("/audit/export.csv?from=yesterday")
    assert (response.status_code, response["Location"]) == (302, "/audit/?from=yesterday")
    assert not Event.objects.filter(type="exported").exists()


def test_what_arrives_while_it_streams_is_not_part_of_it(reader, mixed, paula):
    response = reader.get("/audit/export.jsonl?type=signed-in")
    record(EventType.SIGNED_IN, by=paula)
    *events, about = lines(response)
    assert len(events) == about["export"]["count"] == 1


def test_more_events_than_one_piece(reader, mixed, paula, monkeypatch):
    monkeypatch.setattr(export, "CHUNK", 2)
    for _ in range(5):
        record(EventType.SIGNED_IN, by=paula)
    *events, about = lines(reader.get("/audit/export.jsonl"))
    assert len(events) == about["export"]["count"] == 8


@pytest.mark.django_db(transaction=True)
def test_an_export_that_cannot_be_recorded_does_not_happen(reader, paula, monkeypatch):
    with transaction.atomic():
        record(EventType.SIGNED_IN, by=paula)

    def broken(*args, **options):
        raise RuntimeError("no writing")

    monkeypatch.setattr("invites.audit.chain.append", broken)
    with pytest.raises(RuntimeError):
        reader.get("/audit/export.csv")
    assert Event.objects.count() == 1


def test_a_log_that_was_tampered_with_can_be_read_and_taken_away_all_the_same(reader, mixed):
    triggers.remove("default")
    event = Event.objects.get(type="invitation-sent")
    Event.objects.filter(id=event.id).update(type="never-heard-of")
    Person.objects.create(event=event.id, position=7, kind="guest", salt="")

    assert "Paula Planer did something unknown to this portal (never-heard-of)." in (
        reader.get("/audit/").text
    )
    assert len(lines(reader.get("/audit/export.jsonl"))) == 4
    assert len(sheet(reader.get("/audit/export.csv"))) == 5


def test_checkpoints_and_the_verifier_are_offered(reader, mixed):
    reader.get("/audit/export.csv")
    lines = reader.get("/audit/checkpoints.txt").text.splitlines()
    assert [checkpoints.parse(line).signed for line in lines] == [True] * 3
    assert b"openssl" in reader.get("/audit/verify_export.py").getvalue()
    page = reader.get("/audit/?type=signed-in").text
    assert 'href="/audit/export.jsonl?type=signed-in"' in page
    assert checkpoints.public_key() in unescape(page)


def test_only_administrators_take_it_away(client, administrator):
    administrator.role = "manager"
    administrator.save()
    client.force_login(administrator)
    for name in ("export.csv", "export.jsonl", "checkpoints.txt", "verify_export.py", "histogram/"):
        assert client.get(f"/audit/{name}").status_code == 403
    assert set(Event.objects.values_list("type", flat=True)) == {"attempt-refused"}


def test_triggers_are_in_place_after_all_this():
    assert triggers.missing("default") == []
