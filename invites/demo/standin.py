"""The stand-in awork behind AWORK_API_URL: signing in at its page, and its control API."""

import json
from datetime import datetime
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

from django.conf import settings

RATE_LIMITS = {"per_second": 50, "per_minute": 1000}
NO_RATE_LIMITS = {"per_second": 1000, "per_minute": 60_000}


class Standin:
    """A connection to it; every failure raises an error, since nothing may fail on this machine."""

    def __init__(self) -> None:
        self._connection = HTTPConnection(urlsplit(settings.AWORK_API_URL).netloc)

    def fault(self, method: str, path_part: str, kind: str, **options: Any) -> None:
        """Let the next matching request fail; `portal.standin.faults` has the kinds."""
        self._control("fault", method=method, path_part=path_part, kind=kind, **options)

    def set(self, **options: Any) -> None:
        """Change options of it, such as `seats`."""
        self._control("set", **options)

    def set_time(self, moment: datetime | None) -> None:
        """Let its time go on from this moment, or be the present again."""
        self._control("set", starts_at=moment.isoformat() if moment else "")

    def sign_in(self, url: str, person: UUID) -> str:
        """Choose this person on the sign-in page at `url`; returns the authorization code."""
        parts = urlsplit(url)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        location = self._post(f"{parts.path}?{parts.query}", urlencode({"person": person}), form)
        return parse_qs(urlsplit(location).query)["code"][0]

    def _control(self, action: str, **arguments: Any) -> None:
        headers = {"Content-Type": "application/json"}
        self._post(f"/standin/control/{action}", json.dumps(arguments), headers)

    def _post(self, path: str, body: str, headers: dict[str, str]) -> str:
        """POST this body; returns the address that the response redirects to."""
        self._connection.request("POST", path, body, headers)
        response = self._connection.getresponse()
        text = response.read().decode()
        if response.status >= 400:
            raise RuntimeError(f"{path}: {text}")
        return response.headers.get("Location", "")
