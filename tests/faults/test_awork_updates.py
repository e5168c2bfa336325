"""Every call for awork's webhook with every fault, over real sockets: see `tests.faults.test_matrix`."""

import re

import pytest

from invites.audit import verify
from invites.models import AworkUpdates
from invites.updates.connect import digest
from portal.awork import http, timeouts
from tests.faults import report
from tests.faults.journey import Journey
from tests.faults.test_matrix import FAULTS, ONCE, SLOW, refuse, shorten_timeout
from tests.invites.conftest import person

pytestmark = pytest.mark.django_db
CONNECT, DISCONNECT = "/awork-updates/connect/", "/awork-updates/disconnect/"

# name: method, what happened before, and what is done
CALLS = {
    "webhook added": ("POST", [], CONNECT),
    "webhook listed": ("GET", [CONNECT], CONNECT),
    "webhook turned on": ("PUT", [CONNECT], CONNECT),
    "webhook deleted": ("DELETE", [CONNECT], DISCONNECT),
}


# A limit that ends in a second is waited for: this one is not, which takes less time.
OWN_FAULTS = FAULTS | {"429 with headers": ("rate_limited", {"reset": 60})}


@pytest.fixture
def journey(standin, client, sign_in, monkeypatch):
    monkeypatch.setattr(timeouts, "RETRY_DELAYS", (0.01, 0.02))
    http._client.cache_clear()
    sign_in(client, "ada")
    yield Journey(standin)
    http._client.cache_clear()


@pytest.mark.parametrize("call", CALLS)
def test_awork_never_has_two_webhooks_nor_one_whose_secret_is_unknown(
    journey, standin, client, monkeypatch, call
):
    method, before, action = CALLS[call]
    for fault in OWN_FAULTS:
        AworkUpdates.objects.all().delete()
        standin.world.webhooks.clear()
        for earlier in before:
            client.post(earlier)
        inject(journey, standin, monkeypatch, method, fault)

        assert client.post(action)["Location"] == "/awork-updates/"
        shown = client.get("/awork-updates/")
        assert shown.status_code == 200
        updates = AworkUpdates.objects.first()

        journey.restore_awork()
        for webhook in standin.world.webhooks.values():  # what awork delivers is accepted, if it is known
            assert updates is None or digest_of(webhook) in {updates.digest, updates.new_digest}, fault
        client.post(action)
        webhooks = list(standin.world.webhooks.values())
        assert len(webhooks) == AworkUpdates.objects.count() == (action == CONNECT), fault
        for webhook in webhooks:
            after = AworkUpdates.objects.get()
            assert (after.awork_id, after.digest) == (webhook.id, digest_of(webhook)), fault
        (state,) = re.findall(r'<h2 id="state">(.*?)</h2>', shown.text)
        report.record_cell(call, fault, state, "connected" if webhooks else "not connected", "")
    assert verify.verify(person(standin, "ada").workspace_id, []).problem is None


def inject(journey, standin, monkeypatch, method, fault):
    """Let matching calls fail until awork is restored."""
    if OWN_FAULTS[fault] is None:
        _, journey.stop_refusing = refuse(monkeypatch, method, "/webhooks", 0)
        return
    kind, options = OWN_FAULTS[fault]
    standin.fault(method, "/webhooks", kind, 1 if fault in ONCE else None, **options)
    if fault in SLOW:
        shorten_timeout(monkeypatch, method, "/webhooks", 0)


def digest_of(webhook):
    return digest(webhook.authentication.partition("=")[2])
