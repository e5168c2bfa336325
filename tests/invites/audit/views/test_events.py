import re
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invites.audit import filters
from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.audit.snapshot import Snapshot
from portal.actor import PORTAL_WORKSPACE
from portal.awork.schemas import Exchange


def numbers(response):
    """The sequence numbers on a page, in its order."""
    return [int(one) for one in re.findall(r'class="cover" href="/audit/(?:portal/)?(\d+)/"', response.text)]


def test_others_may_not_read_the_log(client, administrator):
    assert client.get("/audit/").status_code == 302
    administrator.role = "manager"
    administrator.save()
    client.force_login(administrator)
    assert client.get("/audit/").status_code == 403
    assert client.get("/audit/1/").status_code == 403


def test_events_are_told_in_words_newest_first(reader, paula, snapshot):
    record(EventType.SIGNED_IN, by=paula)
    record(EventType.INVITATION_SENT, by=paula, snapshot=snapshot)

    response = reader.get("/audit/")

    assert numbers(response) == [2, 1]
    assert "Paula Planer signed in." in response.text
    assert "Paula Planer invited Carla Creative to WEB-12 Write &lt;b&gt;copy&lt;/b&gt;" in response.text


def test_only_the_own_workspace_and_the_portal_are_shown(reader, paula):
    stranger = replace(paula, workspace=uuid4(), name="Somebody else")
    nobody = replace(paula, workspace=PORTAL_WORKSPACE, id=None, name="Refused person")
    record(EventType.SIGNED_IN, by=stranger)
    record(EventType.SIGN_IN_REFUSED, by=nobody, details={"reason": "not-listed"})
    record(EventType.SIGNED_IN, by=paula)

    text = reader.get("/audit/").text

    assert "Somebody else" not in text
    assert "Sign-in refused for Refused person (not listed)." in text
    assert reader.get("/audit/portal/1/").status_code == 200


def test_an_event_shows_every_field(reader, paula, snapshot):
    exchange = Exchange("POST", "/tasks/assignuserbyemail", 400, "insufficient-seats", "0af765", 37)
    record(EventType.INVITATION_REQUESTED, by=paula, snapshot=snapshot)
    event = record(
        EventType.INVITATION_REFUSED,
        by=paula,
        snapshot=snapshot,
        exchange=exchange,
        details={"reason": "seats"},
    )

    text = reader.get("/audit/2/").text

    for shown in (
        *("192.0.2.7", "Browser/1.0", "WEB-12", "carla@kunde.example", "Website", "Guest", "seats"),
        *("POST /tasks/assignuserbyemail", "400", "insufficient-seats", "0af765", "37 ms"),
        *(event.hash, event.previous, str(event.request_id), str(snapshot.invitation), "2 of 2"),
        "Paula Planer asked to invite Carla Creative",  # of the same action
    ):
        assert shown in text


def test_what_one_action_left_in_both_chains_stands_together(reader, paula):
    record(EventType.SIGNED_IN, by=paula)
    record(EventType.SIGNED_OUT, by=replace(paula, workspace=PORTAL_WORKSPACE))
    record(EventType.SIGNED_OUT, by=replace(paula, workspace=uuid4(), name="Somebody else"))

    assert 'href="/audit/portal/1/"' in reader.get("/audit/1/").text
    text = reader.get("/audit/portal/1/").text
    assert 'href="/audit/1/"' in text
    assert "Somebody else" not in text


def test_an_event_that_does_not_exist_is_not_found(reader):
    assert reader.get("/audit/1/").status_code == 404
    assert reader.get("/audit/99999999999999999999999/").status_code == 404


def few(monkeypatch):
    """Three events a page."""
    for name in ("BY_TIME", "BY_WORDS"):
        monkeypatch.setattr(filters, name, replace(getattr(filters, name), size=3))


def test_paging_neither_skips_nor_repeats_while_events_arrive(reader, paula, monkeypatch):
    few(monkeypatch)
    for _ in range(8):
        record(EventType.SIGNED_IN, by=paula)

    seen = []
    address = "/audit/"
    while address:
        response = reader.get(address)
        seen += numbers(response)
        record(EventType.SIGNED_OUT, by=paula)
        older = re.search(r'rel="next"\s+href="([^"]*)"', response.text)
        address = older[1].replace("&amp;", "&") if older else ""

    assert seen == [8, 7, 6, 5, 4, 3, 2, 1]


def test_the_way_back_leads_to_the_same_pages(reader, paula, monkeypatch):
    few(monkeypatch)
    events = [record(EventType.SIGNED_IN, by=paula) for _ in range(8)]
    times = [filters.BY_TIME.position(event) for event in events]
    ids = [event.id for event in events]

    assert numbers(reader.get(f"/audit/?before={times[2]}")) == [2, 1]
    assert numbers(reader.get(f"/audit/?after={times[1]}")) == [5, 4, 3]
    assert numbers(reader.get(f"/audit/?q=paula&before={ids[5]}")) == [5, 4, 3]
    assert numbers(reader.get(f"/audit/?q=paula&after={ids[1]}")) == [5, 4, 3]


@pytest.fixture
def mixed(paula, snapshot):
    """Three events that differ in all that can be asked for."""
    ben = replace(
        paula, id=UUID(int=9), name="Ben Bär", email="ben@nordlicht.example", ip_address="192.0.2.99"
    )
    other = Snapshot(
        task_key="APP-1",
        task_name="Prüfen",
        project_name="App",
        role_name="Freelancer",
        email="o'brien@kunde.example",
        last_name="O'Brien",
    )
    exchange = Exchange("POST", "/tasks/assignuserbyemail", 400, "insufficient-seats", "0af7651916cd43dd", 3)
    record(EventType.SIGNED_IN, by=paula)
    record(EventType.INVITATION_SENT, by=paula, snapshot=snapshot, outcome="sent")
    record(EventType.INVITATION_REFUSED, by=ben, snapshot=other, exchange=exchange, outcome="refused")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=carla", [2]),
        ("q=CREAT", [2]),
        ("q=carla@kunde.example", [2]),
        ("q=kunde", [3, 2]),
        ("q=o'brien", [3]),
        ("q=prufen", [3]),
        ("q=Pr%C3%BCfen+ben", [3]),
        ("q=web-12", [2]),
        ("q=web-1", []),
        ("q=we", [2]),
        ("q=12-web", []),
        ("q=0af7651916", [3]),
        ("q=carla+ben", []),
        ("q=%22%27%29+%26", []),
        ("q=paula&type=signed-in", [1]),
        ("type=invitation-sent", [2]),
        ("actor=22222222-2222-4222-8222-222222222222", [2, 1]),
        ("project=App", [3]),
        ("role=Freelancer", [3]),
        ("outcome=refused", [3]),
        ("guest=carla@KUNDE.example", [2]),
        ("ip_address=192.0.2.99", [3]),
        ("from=2000-01-01&to=2001-01-01", []),
        ("from=2000-01-01&type=signed-in", [1]),
        ("from=2000-01-01T00:00:00Z", [3, 2, 1]),
        ("from=yesterday", []),
        ("actor=nonsense", []),
        ("q=%00", []),
    ],
)
def test_filters_find(reader, mixed, query, expected):
    response = reader.get(f"/audit/?{query}")
    assert response.status_code == 200
    assert numbers(response) == expected


def test_filters_stand_as_chips_that_can_be_taken_off(reader, mixed):
    text = reader.get("/audit/?q=kunde&project=App").text
    assert 'href="/audit/?project=App"' in text
    assert 'href="/audit/?q=kunde"' in text


def test_the_address_of_somebody_refused_is_found_too(reader, paula):
    record(EventType.SIGN_IN_REFUSED, by=paula)
    record(EventType.SIGNED_IN, by=replace(paula, ip_address="192.0.2.8"))
    response = reader.get("/audit/?ip_address=192.0.2.7")
    assert numbers(response) == [1]
    assert '<td data-label="IP address">192.0.2.7</td>' in response.text.replace("<wbr>", "")


def test_words_are_looked_up_once_for_both_chains(reader, paula):
    record(EventType.SIGNED_IN, by=paula)
    record(EventType.SIGNED_OUT, by=replace(paula, workspace=PORTAL_WORKSPACE))
    record(EventType.SIGNED_OUT, by=replace(paula, workspace=uuid4()))
    with CaptureQueriesContext(connection) as asked:
        response = reader.get("/audit/?q=paula")
    assert response.text.count('class="cover"') == 2
    assert sum("audit_search" in query["sql"] for query in asked) == 1


def test_htmx_gets_the_list_alone(reader, paula):
    record(EventType.SIGNED_IN, by=paula)
    text = reader.get("/audit/", headers={"HX-Request": "true"}).text
    assert "Paula Planer signed in." in text
    assert "<html" not in text


def test_a_name_without_an_id_is_shown_too(reader, paula):
    record(EventType.ATTEMPT_REFUSED, by=paula, snapshot=Snapshot(task_name="A task", role_name="Ein Recht"))
    text = reader.get("/audit/1/").text
    assert "A task" in text
    assert "Ein Recht" in text


def test_the_request_id_of_an_error_page_finds_its_events(client, reader, administrator, paula):
    record(EventType.SIGNED_IN, by=paula)
    administrator.role = "manager"
    administrator.save()
    refused = client.get("/audit/")
    assert refused.status_code == 403
    administrator.role = "administrator"
    administrator.save()

    response = reader.get("/audit/", {"request_id": refused["X-Request-ID"]})

    [row] = response.context["rows"]
    assert row.event.type == "attempt-refused"
    assert refused["X-Request-ID"] in refused.text


@pytest.mark.parametrize("query", ["q=carla", "type=signed-in", ""])
def test_a_position_beyond_every_number_is_no_error(reader, query):
    assert reader.get(f"/audit/?{query}&before={'9' * 20}").status_code == 200
