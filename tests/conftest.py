"""Fixtures shared by all tests."""

import json
import logging
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from whitenoise.middleware import WhiteNoiseMiddleware

from portal.awork import http
from portal.logging import json_formatter
from portal.models import OAuthClient
from tests import served, standin_server
from tests.standin_server import RunningStandin

pytest_plugins = ["tests.append_only", "tests.lock_order", "tests.faults.report"]


@pytest.fixture(scope="session", autouse=True)
def static_files() -> None:
    """Pages name static files by their hash, so collect them."""
    settings.STATIC_ROOT = served.STATIC.name  # also for servers that tests start
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture(scope="session", autouse=True)
def one_scan_of_static_files(static_files: None) -> Iterator[None]:
    """WhiteNoise scans the static files when middleware is loaded, which each test client does: scan once."""
    scanned: dict[tuple[str, str], dict[str, Any]] = {}
    scan = WhiteNoiseMiddleware.update_files_dictionary

    def scan_once(self: WhiteNoiseMiddleware, root: str, prefix: str) -> None:
        if (root, prefix) not in scanned:
            scan(self, root, prefix)
            scanned[root, prefix] = dict(self.files)
        self.files.update(scanned[root, prefix])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "update_files_dictionary", scan_once)
        yield


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Start each test without cached responses of awork and with fresh rate limits and circuit breaker."""
    cache.clear()
    http.rate_limiter.reset()
    http.breaker.reset()


@pytest.fixture(scope="session")
def standin_server_of_session() -> Iterator[RunningStandin]:
    """The stand-in awork: one server for the session."""
    running = RunningStandin()
    yield running
    running.close()


@pytest.fixture
def standin(standin_server_of_session: RunningStandin, settings: Any) -> Iterator[RunningStandin]:
    """A fresh stand-in that the portal uses as awork; the portal's requests must fit the contract."""
    running = standin_server_of_session
    running.reset()
    running.faults.delay = 0.0
    settings.AWORK_API_URL = running.url
    settings.AWORK_WORKSPACES = [running.workspace]
    yield running
    assert running.breaches() == []


@pytest.fixture
def sign_in(standin: RunningStandin) -> Callable[..., HttpResponse]:
    """`sign_in(client, who="paula")`: the real OAuth round trip; `None` denies access."""

    def signed_in(client: Client, who: str | None = "paula", *, next: str = "") -> HttpResponse:
        return standin_server.sign_in(standin, client, who, next=next)

    return signed_in


@pytest.fixture
def set_secret(standin: RunningStandin, settings: Any) -> Callable[[str], None]:
    """`set_secret("wrong")` configures the portal's client with this secret; awork accepts "right" only."""

    def set_secret(secret: str) -> None:
        known = OAuthClient.objects.get()
        standin.grants.register("desk", [known.redirect_uri], client_id=known.client_id, secret="right")
        settings.AWORK_CLIENT_ID, settings.AWORK_CLIENT_SECRET = known.client_id, secret

    return set_secret


@pytest.fixture
def log_lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """The log lines of a test, parsed from the JSON that production writes."""
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(json_formatter())
    logging.root.addHandler(handler)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    logging.root.removeHandler(handler)
