"""awork's webhook, connected by Ada: the stand-in really delivers, to a receiver in front of the desk."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from django.test import Client

from invites.models import AworkUpdates
from invites.updates import connect
from portal.awork.tokens import client_for
from tests.invites.conftest import actor
from tests.receiver import Receiver, receiving
from tests.standin_server import RunningStandin

SECRET = re.compile(r"X-Desk-Secret: (\S+)", re.IGNORECASE)


@dataclass
class Deliveries:
    """What awork has delivered, and what the desk answers."""

    standin: RunningStandin
    receiver: Receiver

    def arrive(self, times: int = 1) -> list[int]:
        """Pass on what came since the last time; returns the statuses of the desk's answers."""
        self.standin.deliveries.wait()
        came, self.receiver.requests = self.receiver.requests, []
        return [self.post(body, head) for head, body in came for _ in range(times)]

    def post(self, body: str | bytes, head: str = "", secret: str | None = None, path: str = "") -> int:
        """The answer to a delivery, by default with the right secret."""
        secret = SECRET.findall(head)[0] if head else self.secret if secret is None else secret
        path = head.split(" ")[1] if head else path or AworkUpdates.objects.get().path
        client = Client(enforce_csrf_checks=True)
        headers = {"X-Desk-Secret": secret}
        return client.post(path, body, content_type="application/json", headers=headers).status_code

    @property
    def secret(self) -> str:
        (webhook,) = self.standin.world.webhooks.values()
        return webhook.authentication.partition("=")[2]


@pytest.fixture
def deliveries(standin, settings):
    with receiving() as receiver:
        parts = urlsplit(receiver.url)
        settings.PORTAL_URL = f"{parts.scheme}://{parts.netloc}"
        yield Deliveries(standin, receiver)


@pytest.fixture
def connected(deliveries, ada):
    """Updates that Ada has connected."""
    assert connect.connect(ada, client_for(ada), by=actor(ada)) == "done"
    return AworkUpdates.objects.get()
