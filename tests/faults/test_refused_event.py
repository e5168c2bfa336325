"""The database refuses one type of event: the change that it records does not happen at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from invites.audit.models import Event
from portal.models import AworkToken, PendingRole, Session, User

pytestmark = pytest.mark.django_db(transaction=True)
SQLITE = """
    CREATE TRIGGER refuse_event BEFORE INSERT ON audit_event WHEN NEW.type = '{type}'
    BEGIN SELECT RAISE(ABORT, 'refused'); END
"""
POSTGRESQL = """
    CREATE FUNCTION refuse_event() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'refused'; END $$;
    CREATE TRIGGER refuse_event BEFORE INSERT ON audit_event FOR EACH ROW WHEN (NEW.type = '{type}')
        EXECUTE FUNCTION refuse_event()
"""


@contextmanager
def refused(type: str) -> Iterator[None]:
    """The database refuses events of this type within the block."""
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
    """All rows of people, their sessions, tokens, pending roles and events."""
    models = (User, Session, AworkToken, PendingRole, Event)
    return [list(model.objects.order_by("pk").values()) for model in models]


@pytest.fixture
def browser(sign_in, standin):
    """Ada's; Mona waits for a role."""
    sign_in(Client(), "mona")
    mona = User.objects.get(first_name="Mona")
    PendingRole.objects.create(workspace=mona.workspace, email=mona.email, role="auditor", user=mona)
    ada = Client(raise_request_exception=False)
    sign_in(ada, "ada")
    return ada


def leave_awork(browser, standin):
    """awork says at the next check that Ada is deactivated: sessions, tokens and desk role end."""
    standin.world.change(standin.world.person("ada"), is_deactivated=True)
    ada = User.objects.filter(first_name="Ada")
    ada.update(confirmed_at=timezone.now() - timedelta(minutes=16))
    return lambda: browser.get("/invitations/")


def sign_out(browser, standin):
    return lambda: browser.post("/logout/")


def change_role(browser, standin):
    mona = User.objects.get(first_name="Mona")
    return lambda: browser.post(f"/members/{mona.awork_id}/role/", {"role": "lead"})


def confirm(browser, standin):
    return lambda: browser.post(f"/members/pending-roles/{PendingRole.objects.get().pk}/confirm/")


def reject(browser, standin):
    return lambda: browser.post(f"/members/pending-roles/{PendingRole.objects.get().pk}/reject/")


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
def test_without_its_event_all_stays_as_it_was(browser, standin, action, type):
    act = action(browser, standin)
    before = everything()
    with refused(type):
        assert act().status_code == 500
    assert everything() == before

    assert act().status_code == 302
    assert Event.objects.filter(type=type).count() == 1
    assert everything() != before
