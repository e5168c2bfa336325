"""Nothing translated is stored or logged: a later reader may have another language, and programs read it."""

from uuid import uuid4

import pytest
from django.apps import apps
from django.utils import translation
from django.utils.translation import trans_real

from invites.audit import delivery
from invites.audit.models import Event
from invites.models import Guest, Webhook
from invites.stream import sender
from invites.worker import registered
from portal import clock
from portal.models import Session, User
from tests import receiver
from tests.faults.journey import Journey

pytestmark = pytest.mark.django_db
MARK = "⟦"


@pytest.fixture
def marked(monkeypatch):
    """Every translation begins with the mark."""
    for name in ("gettext", "pgettext", "ngettext", "npgettext"):
        original = getattr(trans_real, name)
        wrapped = lambda *args, original=original: f"{MARK}{original(*args)}"  # noqa: E731
        monkeypatch.setattr(trans_real, name, wrapped)
        monkeypatch.setattr(translation._trans, name, wrapped, raising=False)


@pytest.fixture
def client(standin, marked):
    """Mona's, as an administrator, after an invitation."""
    journey = Journey(standin)
    assert journey.sign_in()
    User.objects.update(role="administrator")
    assert journey.send() == "sent"
    return journey.client


def texts():
    """Every text in the database, but for sessions: they hold messages for the next page."""
    for model in apps.get_models():
        if model is not Session:
            for row in model._default_manager.values():
                yield from ((f"{model.__name__}.{name}", str(value)) for name, value in row.items())


def test_what_a_user_does_is_stored_in_english(client, standin, log_lines):
    form = {"task": "WEB-12", "role": "guest", "email": "ben@creative.example", "key": str(uuid4())}
    standin.fault(
        "POST", "/tasks/assignuserbyemail", "status", status=400, body={"code": "insufficient-seats"}
    )
    client.post("/invite/", form)
    client.post(f"/guests/{Guest.objects.get().pk}/end-date/", {"ends_on": str(clock.today()), "shown": ""})
    client.post("/members/pending-roles/", {"email": "new@studio.example", "role": "lead"})
    client.post("/api-tokens/", {"key": str(uuid4()), "purpose": "SIEM", "reads": "workspace"})
    client.post("/audit/verify/")
    for page in ("invitations/export.csv", "guests/export.csv", "audit/export.csv"):
        b"".join(client.get(f"/{page}"))
    with registered() as worker:
        worker.run_due()
    types = set(Event.objects.values_list("type", flat=True))
    assert types >= {"invitation-refused", "guest-end-date-set", "rights-changed", "verified"}
    assert [(name, text) for name, text in texts() if MARK in text] == []
    assert MARK not in str(log_lines())


def test_why_something_was_not_delivered_is_stored_in_english(client, settings, log_lines):
    with receiver.receiving() as refusing:
        refusing.answer = receiver.status(413)
        settings.AUDIT_CHECKPOINTS = refusing.url
        b"".join(client.get("/audit/export.csv"))
        delivery.deliver_now()
        Webhook.objects.create(
            workspace=User.objects.get().workspace,
            created_by=User.objects.get(),
            created_at=clock.now(),
            due_at=clock.now(),
            url=refusing.url,
        )
        sender.send_events(lambda: True)
    assert delivery.undelivered().problem == "it answered 413"
    assert Webhook.objects.get().problem
    assert [(name, text) for name, text in texts() if MARK in text] == []
    assert MARK not in str(log_lines())
    assert MARK in client.get("/status/").content.decode().partition("it answered 413")[0][-40:]
