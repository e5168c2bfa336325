"""API clients for the stand-in's users."""

from collections.abc import Callable

import httpx
import pytest

from tests.standin_server import RunningStandin

As = Callable[[str], httpx.Client]


@pytest.fixture
def as_(standin: RunningStandin):
    """`as_("paula")` returns a client with Paula's token."""
    clients: list[httpx.Client] = []

    def client(who: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {standin.token(who)}"}
        clients.append(httpx.Client(base_url=standin.url, headers=headers))
        return clients[-1]

    yield client
    for each in clients:
        each.close()
