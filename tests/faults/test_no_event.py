"""Where an event can't be written, nothing else is: no effect without its event."""

from contextlib import contextmanager

import pytest
from django.db import connection
from django.forms.models import model_to_dict
from django.test import Client
from django.utils import timezone

from invites.models import Invitation, PolicyVersion
from portal.models import AworkToken, PendingRole, Session, User
from tests.faults.journey import Journey
from tests.invites.factories import invitation

pytestmark = pytest.mark.django_db(transaction=True)
KEPT = (Invitation, PolicyVersion, AworkToken, PendingRole, Session, User)
PASSING = {"last_seen_at", "expire_date", "session_data"}  # what time does by itself
REFUSING = {
    "sqlite": ["CREATE TRIGGER no_event BEFORE INSERT ON audit_event BEGIN SELECT RAISE(ABORT, 'full'); END"],
    "postgresql": [
        "CREATE FUNCTION no_event() RETURNS trigger AS $$ BEGIN RAISE 'full'; END $$ LANGUAGE plpgsql",
        "CREATE TRIGGER no_event BEFORE INSERT ON audit_event EXECUTE FUNCTION no_event()",
    ],
}
ADMITTING = {
    "sqlite": ["DROP TRIGGER no_event"],
    "postgresql": ["DROP TRIGGER no_event ON audit_event", "DROP FUNCTION no_event()"],
}


@contextmanager
def no_events():
    """The database refuses every event."""
    run(REFUSING)
    try:
        yield
    finally:
        run(ADMITTING)


def run(statements):
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor]:
            cursor.execute(statement)


def rows():
    return {
        (model.__name__, row.pk): {k: v for k, v in model_to_dict(row).items() if k not in PASSING}
        for model in KEPT
        for row in model.objects.all()
    }


@pytest.fixture
def desk(standin, sign_in):
    """Ada at the desk, with a colleague, a waiting role, a second session and a refused invitation."""
    client = Client(raise_request_exception=False)
    for browser, who in ((client, "ada"), (Client(), "ada"), (Client(), "mona")):
        sign_in(browser, who)
    ada = User.objects.get(first_name="Ada")
    PendingRole.objects.create(workspace=ada.workspace, email="new@nordlicht.example", role="lead")
    client.fields = {k: v for k, v in Journey(standin).fields.items() if k != "key"}
    client.refused = invitation(
        ada,
        state="refused",
        task_id=client.fields["task"],
        role_id=client.fields["role"],
        attempted_at=timezone.now(),
    )
    client.ada, client.mona = ada, User.objects.get(first_name="Mona")
    return client


ACTIONS = {
    "invite": lambda desk: ("/invite/", desk.fields | {"email": "dirk@druck.example"}),
    "refuse an invitation": lambda desk: ("/invite/", desk.fields | {"email": "mona@nordlicht.example"}),
    "retry": lambda desk: (f"/invitations/{desk.refused.id}/retry/", {}),
    "change a role": lambda desk: (f"/members/{desk.mona.awork_id}/role/", {"role": "auditor"}),
    "wait for a role": lambda desk: (
        "/members/pending-roles/",
        {"email": "other@nordlicht.example", "role": "lead"},
    ),
    "remove a waiting role": lambda desk: (
        f"/members/pending-roles/{PendingRole.objects.get().pk}/remove/",
        {},
    ),
    "save a policy": lambda desk: ("/policy/save/", policy_fields(desk)),
    "erase": lambda desk: (
        "/guests/erase/",
        {"email": desk.refused.email, "again": desk.refused.email, "reason": "asked for it"},
    ),
    "end other sessions": lambda desk: ("/account/sessions/end/", {}),
    "sign out": lambda desk: ("/logout/", {}),
}


def policy_fields(desk):
    typed = {"roles": [desk.fields["role"]], "per_day": "9", "own_domain_guests": "on"}
    page = desk.post("/policy/", typed).content.decode()
    return typed | {"previewed": page.partition('name="previewed" value="')[2].partition('"')[0]}


@pytest.mark.parametrize("action", ACTIONS)
def test_nothing_happens_without_its_event(desk, standin, action):
    address, fields = ACTIONS[action](desk)
    before = rows()
    with no_events():
        answer = desk.post(address, fields)

    assert answer.status_code == 500
    assert rows() == before
    assert standin.count("POST", "assignuserbyemail") == 0


def test_nobody_is_signed_in_without_an_event(desk, sign_in):
    before = rows()
    client = Client(raise_request_exception=False)
    with no_events(), pytest.raises(KeyError):  # there is no redirect back
        sign_in(client, "mona")["Location"]

    assert {key: row for key, row in rows().items() if key[0] != "Session"} == {
        key: row for key, row in before.items() if key[0] != "Session"
    }
    assert "_auth_user_id" not in client.session
