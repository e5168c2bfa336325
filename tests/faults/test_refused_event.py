"""The database refuses an event: the change that it records does not happen at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from invites.audit.models import Event
from invites.models import ApiToken, Invitation, PolicyVersion, Webhook
from invites.stream import tokens, webhooks
from portal import actor
from portal.models import AworkToken, PendingRole, Session, User
from tests.faults.journey import Journey
from tests.invites.factories import invitation

pytestmark = pytest.mark.django_db(transaction=True)
SQLITE = """
    CREATE TRIGGER refuse_event BEFORE INSERT ON audit_event WHEN NEW.type LIKE '{type}'
    BEGIN SELECT RAISE(ABORT, 'refused'); END
"""
POSTGRESQL = """
    CREATE FUNCTION refuse_event() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'refused'; END $$;
    CREATE TRIGGER refuse_event BEFORE INSERT ON audit_event FOR EACH ROW WHEN (NEW.type LIKE '{type}')
        EXECUTE FUNCTION refuse_event()
"""


@contextmanager
def refused(type: str) -> Iterator[None]:
    """The database refuses events of this type (a LIKE pattern) within the block."""
    is_sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute((SQLITE if is_sqlite else POSTGRESQL).format(type=type))
        try:
            yield
        finally:
            cursor.execute("DROP TRIGGER refuse_event" + ("" if is_sqlite else " ON audit_event"))
            if not is_sqlite:
                cursor.execute("DROP FUNCTION refuse_event")


def everything() -> list[list[dict]]:
    """All rows of people, their sessions, tokens, pending roles, invitations, policies and events."""
    models = (User, Session, AworkToken, PendingRole, Invitation, PolicyVersion, Event)
    return [list(model.objects.order_by("pk").values()) for model in models]


@pytest.fixture
def ada(sign_in, standin):
    """Ada's; Mona waits for a role."""
    sign_in(Client(), "mona")
    mona = User.objects.get(first_name="Mona")
    PendingRole.objects.create(workspace=mona.workspace, email=mona.email, role="auditor", user=mona)
    client = Client(raise_request_exception=False)
    sign_in(client, "ada")
    return client


def leave_awork(ada, standin):
    """awork says at the next check that Ada is deactivated: sessions, tokens and desk role end."""
    standin.world.change(standin.world.person("ada"), is_deactivated=True)
    User.objects.filter(first_name="Ada").update(confirmed_at=timezone.now() - timedelta(minutes=16))
    return lambda: ada.get("/invitations/")


def sign_out(ada, standin):
    return lambda: ada.post("/logout/")


def change_role(ada, standin):
    mona = User.objects.get(first_name="Mona")
    return lambda: ada.post(f"/members/{mona.awork_id}/role/", {"role": "lead"})


def confirm(ada, standin):
    return lambda: ada.post(f"/members/{PendingRole.objects.get().user.awork_id}/pending-role/confirm/")


def reject(ada, standin):
    return lambda: ada.post(f"/members/{PendingRole.objects.get().user.awork_id}/pending-role/reject/")


@pytest.mark.parametrize(
    ("action", "type"),
    [
        (leave_awork, "session-expired"),
        (leave_awork, "rights-changed"),
        (sign_out, "signed-out"),
        (change_role, "rights-changed"),
        (confirm, "role-confirmed"),
        (reject, "role-rejected"),
    ],
)
def test_without_its_event_all_stays_as_it_was(ada, standin, action, type):
    act = action(ada, standin)
    before = everything()
    with refused(type):
        assert act().status_code == 500
    assert everything() == before

    assert act().status_code == 302
    assert Event.objects.filter(type=type).count() == 1
    assert everything() != before


@pytest.fixture
def desk(ada, standin):
    """Ada's ada, with a second session, and a refused invitation to erase or retry."""
    inviter = User.objects.get(first_name="Ada")
    ada.fields = {name: value for name, value in Journey(standin).fields.items() if name != "key"}
    ada.refused = invitation(
        inviter,
        state="refused",
        task_id=ada.fields["task"],
        role_id=ada.fields["role"],
        attempted_at=timezone.now(),
    )
    return ada


def another_pending_role():
    mona = User.objects.get(first_name="Mona")
    return PendingRole.objects.create(workspace=mona.workspace, email="new@nordlicht.example", role="lead")


def token():
    ada = User.objects.get(first_name="Ada")
    key = uuid4()
    tokens.create(key, "SIEM", reads_portal=False, user=ada, by=actor.for_user(ada))
    return ApiToken.objects.get(pk=key)


def hook():
    ada = User.objects.get(first_name="Ada")
    key = uuid4()
    url = "https://siem.studio.example/"
    webhooks.add(
        key, purpose="SIEM", url=url, format="jsonl", of_portal=False, user=ada, by=actor.for_user(ada)
    )
    Webhook.objects.update(problem="it answered 500")
    return f"/webhooks/{key}"


def policy_fields(desk):
    typed = {"roles": [desk.fields["role"]], "per_day": "9", "own_domain_guests": "on"}
    page = desk.post("/policy/", typed).content.decode()
    return typed | {"previewed": page.partition('name="previewed" value="')[2].partition('"')[0]}


ACTIONS = {
    "invite": lambda desk: ("/invite/", desk.fields | {"email": "dirk@druck.example"}),
    "refuse an invitation": lambda desk: ("/invite/", desk.fields | {"email": "mona@nordlicht.example"}),
    "retry": lambda desk: (f"/invitations/{desk.refused.id}/retry/", {}),
    "set a pending role": lambda desk: (
        "/members/pending-roles/",
        {"email": "other@nordlicht.example", "role": "lead"},
    ),
    "remove a pending role": lambda desk: (
        f"/members/pending-roles/{another_pending_role().pk}/remove/",
        {},
    ),
    "create an API token": lambda desk: (
        "/api-tokens/",
        {"key": str(uuid4()), "purpose": "SIEM", "reads": "workspace"},
    ),
    "revoke an API token": lambda desk: (f"/api-tokens/{token().pk}/revoke/", {}),
    "add a webhook": lambda desk: (
        "/webhooks/",
        {"key": str(uuid4()), "purpose": "SIEM", "url": "https://siem.studio.example/"}
        | {"format": "jsonl", "events": "workspace"},
    ),
    "turn a webhook off": lambda desk: (f"{hook()}/off/", {}),
    "retry a webhook": lambda desk: (f"{hook()}/retry/", {}),
    "remove a webhook": lambda desk: (f"{hook()}/remove/", {}),
    "save a policy": lambda desk: ("/policy/save/", policy_fields(desk)),
    "erase": lambda desk: (
        "/guests/erase/",
        dict.fromkeys(("email", "again", "previewed"), desk.refused.email) | {"reason": "asked for it"},
    ),
}


@pytest.mark.parametrize("action", ACTIONS)
def test_nothing_is_changed_or_sent_without_an_event(desk, standin, action):
    address, fields = ACTIONS[action](desk)
    before = everything()
    with refused("%"):
        assert desk.post(address, fields).status_code == 500

    assert everything() == before
    assert standin.count("POST", "assignuserbyemail") == 0


def test_the_other_sessions_do_not_end_without_an_event(desk, sign_in):
    sign_in(Client(), "ada")
    before = everything()
    with refused("%"):
        assert desk.post("/account/sessions/end/").status_code == 500
    assert everything() == before


def test_nobody_is_signed_in_without_an_event(desk, sign_in):
    client = Client(raise_request_exception=False)
    before = Session.objects.exclude(user=None).count()
    with refused("%"), pytest.raises(KeyError):  # there is no redirect back
        sign_in(client, "mona")["Location"]

    assert "_auth_user_id" not in client.session
    assert Session.objects.exclude(user=None).count() == before
