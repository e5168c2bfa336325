"""The stand-in awork for tests: one server for the session, reset for each test."""

import re
import threading
from collections.abc import Callable
from copy import copy
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
from django.http import HttpResponse
from django.test import Client

from portal.standin.deliveries import Deliveries
from portal.standin.environment import BASE
from portal.standin.faults import Faults
from portal.standin.oauth_grants import OAuthGrants
from portal.standin.seed import MAIN
from portal.standin.server import Server, StandinApplication
from portal.standin.standin import ApiLimits, ReceivedRequest, Standin
from portal.standin.world import World
from tests.contract import CONTRACT

PORTAL = "invitation-desk"  # the user agent of portal.awork
BROWSER = httpx.Client()  # shared, as every new client loads all CA certificates
OAUTH = {"/accounts/authorize", "/accounts/token"}  # not in awork's OpenAPI document, but in RFC 6749


class RunningStandin:
    """A running stand-in; `url` is the value for AWORK_API_URL."""

    def __init__(self) -> None:
        self.standin = Standin()
        self.server = Server(("127.0.0.1", 0), StandinApplication(self.standin))
        self.root = f"http://127.0.0.1:{self.server.server_port}"
        self.url = f"{self.root}{BASE}"
        self.workspace = MAIN
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def world(self) -> World:
        return self.standin.world

    @property
    def grants(self) -> OAuthGrants:
        return self.standin.grants

    @property
    def limits(self) -> ApiLimits:
        return self.standin.limits

    @property
    def requests(self) -> list[ReceivedRequest]:
        return self.standin.requests

    @property
    def faults(self) -> Faults:
        return self.standin.faults

    @property
    def deliveries(self) -> Deliveries:
        return self.standin.deliveries

    def reset(self) -> None:
        self.standin.reset()

    def fault(
        self, method: str, path_part: str, kind: str, times: int | None = 1, *, skip: int = 0, **options: Any
    ) -> None:
        self.standin.fault(method, path_part, kind, times, skip=skip, **options)

    def count(self, method: str = "*", path_part: str = "") -> int:
        return self.standin.count(method, path_part)

    def breaches(self) -> list[str]:
        """Requests of the portal that violate awork's contract."""
        return [
            problem
            for one in list(self.requests)
            if one.user_agent == PORTAL and one.path not in OAUTH
            for problem in CONTRACT.request(one.method, one.raw_path, one.query, one.body)
        ]

    def token(self, who: str) -> str:
        """An access token, without a browser."""
        grants = self.standin.grants
        app = grants.register("tests", ["http://localhost/"])
        challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636, appendix B
        code = grants.grant_code(app, "http://localhost/", challenge, self.world.person(who).id)
        verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        return grants.exchange(app, code, "http://localhost/", verifier).access

    def snapshot(self) -> Callable[[], None]:
        """Save people, tasks and sign-ins; returns a function that restores them."""
        parts = (self.standin.world, self.standin.grants)
        saved = [(part, copies(vars(part))) for part in parts]

        def restore() -> None:
            self.standin.reset()
            for part, fields in saved:
                vars(part).update(copies(fields))

        return restore

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def copies(fields: dict[str, Any]) -> dict[str, Any]:
    """Shallow copies: the records inside are frozen, and the lock is shared on purpose."""
    return {name: copy(value) for name, value in fields.items() if name != "lock"}


def authorize(standin: RunningStandin, address: str, who: str | None) -> str:
    """Pick `who` on awork's page at `address`, or deny access; returns the URL awork redirects to."""
    url = urljoin(standin.root, address)
    shown = BROWSER.get(url)
    assert shown.status_code == 200, shown.text
    choice = {"refuse": "1"} if who is None else {"person": str(standin.world.person(who).id)}
    answer = BROWSER.post(url, data=choice)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def sign_in(
    standin: RunningStandin, client: Client, who: str | None = "paula", *, next: str = ""
) -> HttpResponse:
    """The whole OAuth round trip through awork's page; returns the callback's response."""
    left = client.post("/login/", {"next": next} if next else {})
    assert left.status_code == 302, left.content
    assert left["Location"].startswith(standin.url), left["Location"]
    back = urlsplit(authorize(standin, left["Location"], who))
    assert re.fullmatch(r"/login/callback/", back.path), back
    query = {name: values[0] for name, values in parse_qs(back.query).items()}
    return client.get(back.path, query)
