"""Calls webhooks as awork does: over HTTP, again if that fails, and no more after ten failures in a row."""

import json
import secrets
import threading
from contextlib import suppress
from dataclasses import replace
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener
from uuid import UUID

from portal.standin import serializers
from portal.standin.entities import StandinUser, Webhook
from portal.standin.world import World

ATTEMPTS = 10
TIMEOUT_SECONDS = 30
RETRY_SECONDS = 0.02
OPENER = build_opener(ProxyHandler({}))  # receivers are on this machine


class Deliveries:
    """The calls of one stand-in; `copies` is how often each event is sent, as awork may repeat one."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.copies = 1
        self.cancelled = threading.Event()
        self.running: list[threading.Thread] = []
        world.on_user_event = self.send

    def reset(self) -> None:
        """End all calls."""
        self.cancelled.set()
        self.wait()
        self.cancelled = threading.Event()
        self.copies = 1

    def wait(self) -> None:
        """Wait until nothing is on its way."""
        while self.running:
            self.running.pop().join()

    def send(self, event: str, person: StandinUser, by: StandinUser | None) -> None:
        """Call every webhook of the workspace that wants this event."""
        body: serializers.Fields = {
            "eventType": event,
            "entityId": str(person.id),
            "entity": serializers.user(self.world, person),
            "traceId": secrets.token_hex(16),
            "triggeredBy": serializers.user(self.world, by) if by else None,
        }
        for webhook in list(self.world.webhooks.values()):
            wanted = webhook.is_active and event in webhook.events.split(",")
            if wanted and webhook.workspace_id == person.workspace_id:
                content = json.dumps(body).encode()
                thread = threading.Thread(target=self.deliver, args=(webhook.id, content), daemon=True)
                self.running.append(thread)
                thread.start()

    def deliver(self, webhook_id: UUID, body: bytes) -> None:
        """Call one webhook, until it accepts the event or has failed too often."""
        cancelled, copies = self.cancelled, self.copies
        for _ in range(ATTEMPTS):
            webhook = self.world.webhooks.get(webhook_id)
            if webhook is None or cancelled.is_set():
                return
            problem = call(webhook, body)
            if not problem:
                copies -= 1
                if copies < 1:
                    return
            cancelled.wait(RETRY_SECONDS)
        with self.world.lock:
            if webhook_id in self.world.webhooks and problem:
                paused = replace(
                    self.world.webhooks[webhook_id], is_active=False, last_failure_reason=problem
                )
                self.world.webhooks[webhook_id] = paused


def call(webhook: Webhook, body: bytes) -> str:
    """POST the body; returns what went wrong, or nothing."""
    headers = {"Content-Type": "application/json", "User-Agent": "awork"}
    if webhook.authentication_type == "header":
        name, _, value = webhook.authentication.partition("=")
        headers[name] = value
    try:
        with OPENER.open(Request(webhook.uri, body, headers), timeout=TIMEOUT_SECONDS):  # noqa: S310  # http
            return ""
    except HTTPError as error:
        with suppress(OSError):
            error.close()
        return f"The receiver answered {error.code}."
    except (OSError, HTTPException) as error:
        return f"The receiver did not answer: {type(error).__name__}."
