import pytest
from django.db import transaction

from invites.audit import presenters
from invites.audit.models import Event, Person
from invites.audit.presenters import present
from portal import signals

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("signal", "type"),
    [
        (signals.signed_in, "signed-in"),
        (signals.signed_out, "signed-out"),
        (signals.session_expired, "session-expired"),
    ],
)
def test_what_the_portal_tells_is_recorded(paula, administrator, signal, type):
    signal.send(sender=None, actor=paula, user=administrator, reason="", elsewhere=0, grant=None)
    event = Event.objects.get()
    assert (event.type, event.actor_name, event.ip_address) == (type, "Paula Planer", "192.0.2.7")


def test_a_sign_in_says_what_the_person_is(paula, administrator):
    signals.signed_in.send(sender=None, actor=paula, user=administrator)
    assert Event.objects.get().details == {"role": "administrator"}


def test_a_refusal_is_recorded_with_its_reason(paula):
    signals.sign_in_refused.send(sender=None, actor=paula, reason="guest")
    event = Event.objects.get()
    assert (event.type, event.outcome, event.details) == ("sign-in-refused", "refused", {"reason": "guest"})
    assert Person.objects.get().email == paula.email


def test_a_session_that_was_ended_for_a_reason_says_it(paula):
    signals.session_expired.send(sender=None, actor=paula, reason="deactivated", grant=None)
    assert Event.objects.get().details == {"reason": "deactivated"}


def test_a_change_of_rights_is_recorded_with_before_and_after(paula, administrator):
    told = {"person": administrator, "email": administrator.email, "before": "manager", "after": "lead"}
    signals.role_changed.send(sender=None, actor=paula, **told)
    row = presenters.present(list(Event.objects.all()))[0]
    assert row.event.details == {"before": "manager", "after": "lead"}
    assert row.sentence == "Paula Planer changed the role of Paula Planer: Manager → Lead."


def test_what_is_said_of_an_address_beforehand_names_nobody_in_the_chain(paula):
    told = {"person": None, "email": "New@studio.example", "before": "", "after": "auditor"}
    signals.role_changed.send(sender=None, actor=paula, **told)
    assert (Person.objects.get().kind, Person.objects.get().email) == ("member", "new@studio.example")
    assert "studio.example" not in str(Event.objects.values().get())


@pytest.mark.django_db(transaction=True)
def test_the_change_does_not_happen_without_its_event(paula, administrator, monkeypatch):
    def broken(*args, **options):
        raise RuntimeError("no writing")

    monkeypatch.setattr("invites.audit.chain.append", broken)
    with pytest.raises(RuntimeError), transaction.atomic():
        signals.signed_in.send(sender=None, actor=paula, user=administrator)
    assert not Event.objects.exists()
    assert not Person.objects.exists()


def test_a_page_that_is_refused_is_recorded(client, administrator):
    administrator.role = "manager"
    administrator.save()
    client.force_login(administrator)

    assert client.get("/audit/7/?q=x").status_code == 403

    event = Event.objects.get()
    assert (event.type, event.actor_name) == ("attempt-refused", "Paula Planer")
    assert event.details == {"rule": "right", "right": "audit", "path": "/audit/7/"}


def test_what_is_done_too_often_is_recorded(paula, administrator):
    signals.rate_limit_reached.send(sender=None, actor=paula, limit="export")

    event = Event.objects.get()
    assert (event.type, event.outcome, event.actor_name) == ("attempt-refused", "refused", "Paula Planer")
    assert event.details == {"rule": "limit", "limit": "export"}
    assert present([event])[0].sentence == "The portal refused Paula Planer: too often in a short time."
