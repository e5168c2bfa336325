"""The CSV of invitations: what it holds, and the event that records it."""

import csv
import io

import pytest
from django.db import transaction

from invites.audit import record as recording
from invites.audit.models import Event
from portal.roles import DeskRole
from tests.invites.factories import NOON, batch, invitation, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def paula(client):
    user = person()
    client.force_login(user)
    return user


def sheet(response, separator=","):
    """The rows but for the last one, which says that it is the last."""
    assert response.status_code == 200
    text = response.getvalue().decode("utf-8-sig")
    *rows, last = csv.reader(io.StringIO(text), delimiter=separator)
    count = len(rows) - 1
    assert last == [f"End of export: {count} row{'' if count == 1 else 's'}", *[""] * (len(rows[0]) - 1)]
    return rows


def test_a_row_has_what_the_list_shows(client, paula):
    found = invitation(paula, state="not_sent", reason="task-busy", assignees_state="kept")
    names, values = sheet(client.get("/invitations/export.csv"))
    assert dict(zip(names, values, strict=True)) == {
        "guest": "Carla Creative",
        "email": "carla@creative.example",
        "role": "Guest",
        "task_key": "WEB-12",
        "task": "Write copy",
        "project": "Website",
        "invited_at_utc": f"{NOON:%Y-%m-%d} 12:00:00",
        "invited_by": "Paula Planer",
        "state": "Not sent",
        "reason": "Another invitation to this task is still being sent. Nothing was sent for this one.",
        "assignees": "Everyone stayed assigned",
        "attempts": "1",
        "id": str(found.id),
    }


def test_semicolons_separate_where_asked_for(client, paula):
    invitation(paula, task_name="a;b")
    names, values = sheet(client.get("/invitations/export.csv?separator=semicolon"), ";")
    assert values[names.index("task")] == "a;b"


@pytest.mark.parametrize(
    ("role", "seen"),
    [(DeskRole.MANAGER, {"Own"}), (DeskRole.LEAD, {"Own", "Other"}), (DeskRole.AUDITOR, {"Own", "Other"})],
)
def test_it_holds_what_the_list_of_this_reader_shows(client, paula, role, seen):
    type(paula).objects.filter(pk=paula.pk).update(role=role)
    invitation(paula, first_name="Own", last_name="")
    invitation(person("Mara Manager"), first_name="Other", last_name="")
    invitation(person("Eve Else", workspace="Elsewhere"), first_name="Foreign", last_name="")
    invitation(paula, first_name="Filtered", last_name="", state="refused")
    _, *rows = sheet(client.get("/invitations/export.csv?state=sent"))
    assert {row[0] for row in rows} == seen


def test_an_export_is_an_event_without_typed_text(client, paula):
    invitation(paula)
    client.get("/invitations/export.csv?state=sent&q=carla").getvalue()
    event = Event.objects.get(type="invitations-exported")
    assert (event.outcome, event.actor_name) == ("csv", "Paula Planer")
    assert event.details == {"rows": 1, "filters": {"state": "sent", "q": True}}


@pytest.mark.django_db(transaction=True)
def test_an_export_that_cannot_be_recorded_does_not_happen(client, paula, monkeypatch):
    with transaction.atomic():
        invitation(paula)

    def broken(*args, **options):
        raise RuntimeError("no writing")

    monkeypatch.setattr(recording.chain, "append", broken)
    with pytest.raises(RuntimeError):
        client.get("/invitations/export.csv")


def test_no_name_becomes_a_formula(client, paula):
    invitation(paula, first_name="=1+1", task_name="x;@SUM(1)")
    _, values = sheet(client.get("/invitations/export.csv"))
    assert values[0] == "'=1+1 Creative"
    assert "x;'@SUM(1)" in values


def test_the_number_of_queries_does_not_grow_with_the_rows(client, paula, django_assert_max_num_queries):
    type(paula).objects.filter(pk=paula.pk).update(role=DeskRole.LEAD)
    for number in range(3):
        invitation(person(f"Mara{number} Manager"))
    client.get("/invitations/export.csv").getvalue()
    with django_assert_max_num_queries(40) as few:
        client.get("/invitations/export.csv").getvalue()
    for number in range(3, 9):
        invitation(person(f"Mara{number} Manager"))
    with django_assert_max_num_queries(len(few)):
        client.get("/invitations/export.csv").getvalue()


# The outcome of a batch.


def test_a_batch_is_exported_by_line_with_what_became_of_each(client, paula):
    lines = [{"state": "not_sent", "reason": "batch-stopped"}, {"state": "sent", "first_name": "Bo"}]
    found = batch(paula, lines)
    invitation(paula)
    names, first, second = sheet(client.get(f"/batches/{found.id}/outcome.csv"))
    assert names[:2] == ["line", "guest"]
    assert (first[0], first[names.index("state")]) == ("1", "Not sent")
    assert first[names.index("reason")] == "The batch was stopped before this invitation was sent."
    assert second[:2] == ["2", "Bo Creative"]
    event = Event.objects.get()
    assert (event.type, event.outcome) == ("invitations-exported", "csv")
    assert event.details == {"rows": 2, "batch": str(found.id)}


def test_a_batch_of_somebody_else_is_exported_by_who_sees_it(client, paula):
    found = batch(person("Mara Manager"), [{}])
    assert client.get(f"/batches/{found.id}/outcome.csv").status_code == 404
    assert not Event.objects.exists()
    client.force_login(person("Lea Lead", role=DeskRole.LEAD))
    assert len(sheet(client.get(f"/batches/{found.id}/outcome.csv"))) == 2


def test_no_cell_of_a_batch_is_a_formula(client, paula):
    found = batch(paula, [{"first_name": "=1+1"}])
    names, values = sheet(client.get(f"/batches/{found.id}/outcome.csv?separator=semicolon"), ";")
    assert values[names.index("guest")] == "'=1+1 Creative"
