from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from invites import metrics, operations
from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.models import Webhook
from invites.status import describe
from portal import clock
from portal.actor import for_user
from tests.invites import factories
from tests.metrics import parse

pytestmark = pytest.mark.django_db


@pytest.fixture
def mara():
    return factories.person("Mara Manager")


@pytest.fixture
def webhook(mara):
    """`webhook(position=3)`: one of a log with eight events."""
    for _ in range(8):
        record(EventType.SIGNED_OUT, by=for_user(mara))

    def make(**fields):
        now = clock.now()
        times = {"created_at": now, "due_at": now}
        return Webhook.objects.create(
            workspace=mara.workspace, created_by=mara, purpose="SIEM", **times, **fields
        )

    return make


def line():
    """What the status says of the webhook, and whether somebody has to do something."""
    [found] = [one for one in describe(operations.read()) if one.text.startswith("Webhook")]
    return found.text, found.needs_attention


def test_a_webhook_that_delivers(webhook):
    webhook(position=3)
    assert line() == ("Webhook SIEM: delivered up to event 3, with 5 more to deliver.", False)


def test_a_webhook_that_fails_needs_attention_after_a_while(webhook):
    hook = webhook(problem="it answered 500", failing_since=clock.now())
    assert line()[1] is False
    hook.failing_since -= timedelta(minutes=16)
    hook.save()
    text, needs_attention = line()
    assert text.endswith("UTC, with 8 to deliver: it answered 500.")
    assert needs_attention


def test_a_parked_webhook_needs_attention_at_once(webhook):
    webhook(position=3, parked_at=4, problem="it answered 422", failing_since=clock.now())
    assert line() == ("Webhook SIEM is parked at event 4, with 5 to deliver: it answered 422.", True)
    said = StringIO()
    with pytest.raises(SystemExit):
        call_command("status", stdout=said)
    assert "Needs attention: Webhook SIEM is parked at event 4" in said.getvalue()


def test_what_is_off_or_of_another_workspace_is_left_out(webhook, mara):
    hook = webhook(is_on=False)
    assert operations.read().webhooks == []
    hook.is_on = True
    hook.save()
    assert len(operations.read(mara.workspace_id).webhooks) == 1
    assert operations.read(hook.pk).webhooks == []


def test_metrics(webhook):
    hook = str(webhook(position=3, parked_at=4, problem="it answered 422").pk)
    found = parse(metrics.facts().decode())
    assert found["desk_webhook_undelivered_events", hook] == 5
    assert found["desk_webhook_failing", hook] == found["desk_webhook_parked", hook] == 1


def test_the_log_of_an_older_backup_leaves_nothing_to_deliver(webhook):
    webhook(position=30)
    assert operations.read().webhooks[0].count == 0
