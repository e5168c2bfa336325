import json
from dataclasses import replace
from uuid import UUID

import pytest
from django.db import transaction

from invites.audit.catalogue import EventType
from invites.audit.models import Event, Person
from invites.audit.record import OutsideTransaction, UnknownType, record
from portal.awork.schemas import Assignee, Exchange

pytestmark = pytest.mark.django_db

EXCHANGE = Exchange(
    method="POST",
    path="/tasks/assignuserbyemail",
    status=400,
    code="insufficient-seats",
    trace_id="0af7651916cd43dd",
    milliseconds=37,
)


def test_an_event_copies_everything_that_is_known(paula, snapshot):
    record(EventType.INVITATION_REFUSED, by=paula, snapshot=snapshot, exchange=EXCHANGE, outcome="refused")

    event = Event.objects.get()
    assert (event.type, event.outcome, event.workspace) == ("invitation-refused", "refused", paula.workspace)
    assert (event.actor_id, event.actor_name, event.actor_email) == (paula.id, paula.name, paula.email)
    assert (event.ip_address, event.user_agent, event.request_id) == (
        paula.ip_address,
        paula.user_agent,
        paula.request_id,
    )
    assert (event.task_key, event.task_name) == ("WEB-12", snapshot.task_name)
    assert (event.project_name, event.role_name) == ("Website", "Guest")
    assert event.invitation == snapshot.invitation
    assert event.exchange == {
        "method": "POST",
        "path": "/tasks/assignuserbyemail",
        "status": 400,
        "code": "insufficient-seats",
        "trace_id": "0af7651916cd43dd",
        "milliseconds": 37,
    }


def test_the_guest_stands_beside_the_event_and_not_in_it(paula, snapshot):
    event = record(EventType.INVITATION_SENT, by=paula, snapshot=snapshot)

    guest = Person.objects.get(event=event.id)
    assert (guest.kind, guest.email, guest.name) == ("guest", "carla@kunde.example", "Carla Creative")
    row = json.dumps(Event.objects.values().get(), default=str).lower()
    assert "carla" not in row
    assert "creative" not in row


def test_the_guests_address_is_taken_out_of_what_else_is_recorded(paula, snapshot):
    exchange = Exchange(method="GET", path="/users/autofill/carla%40kunde.example", status=200)
    details = {"note": "asked for CARLA@kunde.example", "list": ["carla@kunde.example"]}

    event = record(
        EventType.INVITATION_UNCLEAR, by=paula, snapshot=snapshot, exchange=exchange, details=details
    )

    assert event.exchange["path"] == "/users/autofill/[guest]"
    assert event.details == {"note": "asked for [guest]", "list": ["[guest]"]}


def test_team_members_are_named_where_they_can_be_erased(paula, snapshot):
    ada = Assignee(id=UUID(int=7), first_name="Ada", last_name="Lovelace")

    event = record(EventType.ASSIGNEES_RESTORED, by=paula, snapshot=snapshot, assignees=[ada])

    assert [person.name for person in Person.objects.filter(event=event.id).order_by("position")] == [
        "Carla Creative",
        "Ada Lovelace",
    ]
    assert len(event.people) == 2


def test_whoever_is_refused_at_sign_in_stands_beside_the_event(paula):
    event = record(EventType.SIGN_IN_REFUSED, by=paula, outcome="refused", details={"reason": "guest"})

    assert (event.actor_id, event.actor_name, event.actor_email, event.ip_address) == (None, "", "", "")
    person = Person.objects.get(event=event.id)
    assert (person.kind, person.email, person.ip_address) == ("refused", paula.email, paula.ip_address)


def test_whoever_is_refused_without_an_address_stands_beside_it_too(paula):
    event = record(EventType.SIGN_IN_REFUSED, by=replace(paula, email=""), outcome="refused")
    assert (event.actor_id, event.actor_name, event.ip_address) == (None, "", "")
    assert Person.objects.get(event=event.id).name == paula.name


def test_a_type_outside_the_catalogue_is_refused(paula):
    with pytest.raises(UnknownType):
        record("invitation-sent", by=paula)  # type: ignore[arg-type]
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_event_needs_the_transaction_of_its_change(paula):
    with pytest.raises(OutsideTransaction):
        record(EventType.SIGNED_IN, by=paula)
    with transaction.atomic():
        record(EventType.SIGNED_IN, by=paula)
    assert Event.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_event_goes_where_its_transaction_goes(paula):
    with transaction.atomic():
        record(EventType.SIGNED_IN, by=paula)
        transaction.set_rollback(True)

    assert not Event.objects.exists()


def test_fields_that_are_too_long_are_cut(paula, snapshot):
    event = record(EventType.SIGNED_IN, by=paula, outcome="x" * 5000)
    event.refresh_from_db()
    assert len(event.outcome) == 200


def test_a_fraction_cannot_be_recorded(paula):
    with pytest.raises(TypeError):
        record(EventType.SIGNED_IN, by=paula, details={"seconds": 0.5})  # type: ignore[dict-item]
