import json

import pytest

from invites.audit.catalogue import EventType
from invites.audit.models import Event, Person
from invites.audit.record import record
from invites.stream import ocsf
from invites.stream.reader import read
from portal.actor import for_system
from tests.invites.conftest import actor

pytestmark = pytest.mark.django_db
# What version 1.3.0 of the schema requires: of every class, and of these classes.
REQUIRED = {"activity_id", "category_uid", "class_uid", "metadata", "severity_id", "time", "type_uid"}
OF_CLASS = {3002: {"user", "service"}, 3004: {"entity"}, 3005: {"user", "privileges"}}
ACTIVITIES = {3002: {1, 2}, 3004: {1, 2, 3, 4, 99}, 3005: {1, 2}}


def last(workspace):
    """The last event in OCSF, and our own line of it."""
    end = Event.objects.filter(workspace=workspace).order_by("-sequence").first().sequence
    ours, theirs = (read(workspace, end - 1, 1, max_bytes=1, form=form) for form in (None, ocsf.event_of))
    return json.loads(theirs.lines[0]), json.loads(ours.lines[0])


def test_every_type_is_mapped():
    assert set(ocsf.KINDS) == set(EventType)


@pytest.mark.parametrize("type", EventType)
def test_an_event_has_what_its_class_requires(ada, type):
    member = Person(kind=Person.Kind.MEMBER.value, first_name="Mona", email="mona@nordlicht.example")
    record(type, by=actor(ada), details={"after": "lead"}, others=[member])
    found, ours = last(ada.workspace_id)
    assert REQUIRED | OF_CLASS[found["class_uid"]] <= found.keys()
    assert found["activity_id"] in ACTIVITIES[found["class_uid"]]
    assert found["type_uid"] == found["class_uid"] * 100 + found["activity_id"]
    assert found["category_uid"] == found["class_uid"] // 1000
    assert found["severity_id"] in range(1, 6)
    assert {"version", "product"} <= found["metadata"].keys()
    assert {"name", "vendor_name"} <= found["metadata"]["product"].keys()
    assert found["unmapped"] == ours
    assert found["actor"]["user"]["name"]


def test_the_values_of_an_event(ada):
    record(EventType.SIGNED_IN, by=actor(ada))
    event = Event.objects.latest("id")
    found, _ = last(ada.workspace_id)
    assert found["time"] == round(event.at.timestamp() * 1000)
    assert found["metadata"]["uid"] == f"{ada.workspace_id}/{event.sequence}"
    assert found["metadata"]["sequence"] == event.sequence
    assert found["src_endpoint"] == {"ip": "192.0.2.7"}
    person = {"name": ada.name, "type_id": 1, "uid": str(ada.awork_id), "email_addr": ada.email}
    assert found["user"] == found["actor"]["user"] == person


def test_a_refused_sign_in_names_who_was_refused_until_they_are_erased(ada):
    record(EventType.SIGN_IN_REFUSED, by=actor(ada), details={"reason": "guest"})
    found, _ = last(ada.workspace_id)
    assert (found["user"]["email_addr"], found["status_id"]) == (ada.email, 2)
    assert found["actor"]["user"] == {"name": "unknown", "type_id": 0}
    Person.objects.all().delete()
    found, ours = last(ada.workspace_id)
    assert found["user"] == {"name": "unknown", "type_id": 0}
    assert ours["people"] == [None]


def test_a_changed_role_names_the_member_until_they_are_erased(ada):
    member = Person(kind=Person.Kind.MEMBER.value, first_name="Mona", last_name="Muster")
    record(EventType.ROLE_CHANGED, by=actor(ada), details={"after": "lead"}, others=[member])
    found, _ = last(ada.workspace_id)
    assert (found["user"], found["privileges"]) == ({"name": "Mona Muster", "type_id": 1}, ["lead"])
    Person.objects.all().delete()
    assert last(ada.workspace_id)[0]["user"] == {"name": "erased", "type_id": 0}


@pytest.mark.parametrize(("outcome", "severity"), [("whole", 1), ("broken", 5)])
def test_a_broken_log_is_critical(ada, outcome, severity):
    record(EventType.VERIFIED, by=for_system(ada.workspace_id), outcome=outcome)
    found, _ = last(ada.workspace_id)
    assert found["severity_id"] == severity
    assert found["actor"]["user"] == {"name": "Invitation desk", "type_id": 3}


def test_what_a_later_version_wrote_is_given_too(ada):
    record(EventType.SIGNED_IN, by=actor(ada))
    _, ours = last(ada.workspace_id)
    for change in ({"type": "of tomorrow"}, {"details": ["x"], "type": "erased"}):
        found = ocsf.event_of(ours | {"event": ours["event"] | change})
        assert found["entity"]["name"]
