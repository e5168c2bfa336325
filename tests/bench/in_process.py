"""The portal inside this process, so that the benchmarks can watch single requests from within.

It runs on a fresh database, beside a stand-in that is asked by real HTTP. Its pages are found by their
addresses, not by the names of modules or views: those may change without this file.
"""

import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import httpx

from portal.standin.environment import API_KEY
from tests import environment, served  # noqa: F401

INVITE = "/invite/"
TEAM = 2  # assignees whom awork removes and the portal restores
Request = Callable[[], Any]
Watch = Callable[[Request], Any]


class Desk:
    """Two requests that a benchmark can watch: `invite` and `sign_in`; each is new, none is repeated."""

    def __init__(self, standin: Any) -> None:
        self.standin = standin
        self.count = 0
        self.sign_in(who="ada")  # an administrator: from now on the portal knows awork's roles
        self.client = self.sign_in()

    def sign_in(self, watch: Watch | None = None, *, who: str = "paula") -> Any:
        """Sign in with a new browser and watch the OAuth callback; returns the browser."""
        from django.test import Client

        from tests.standin_server import sign_in

        class Browser(Client):
            def get(self, path: Any, *args: Any, **options: Any) -> Any:
                return _watched(watch, lambda: super(Browser, self).get(path, *args, **options))

        browser = Browser()
        assert sign_in(self.standin, browser, who).status_code == 302
        browser.__class__ = Client  # only the callback is watched
        return browser

    def invite(self, watch: Watch | None = None, *, team: bool = False, cold: bool = False) -> None:
        """Send an invitation and watch the POST; `team` is for a task whose assignees have to be restored.

        The guest is new to the portal: the form was not shown for the address before. Nothing is cached
        where it is `cold`.
        """
        from django.core.cache import cache

        self.count += 1
        form = self._form() | {
            "task": self._task(TEAM if team else 0),
            "email": f"guest{self.count}@studio.example",
            "first_name": "Gina",
            "last_name": "Guest",
        }
        form.pop("previewed")  # of the empty form; without one, it is sent as by a script
        if cold:
            cache.clear()
        answer = _watched(watch, lambda: self.client.post(INVITE, form))
        assert answer.status_code == 302, answer.content.decode()
        assert 'data-state="sent"' in self.client.get(answer["Location"]).content.decode()

    def _form(self) -> dict[str, Any]:
        page = Form()
        page.feed(self.client.get(INVITE).content.decode())
        return page.fields

    def _task(self, assignees: int) -> str:
        """A task with so many assignees: always the same one, reset to them."""
        found = self._awork("GET", "/me/allavailabletasks", params={"page": 1, "pageSize": 1000})
        task = [one["id"] for one in found if str(one["taskIdentifier"]).startswith("WEB-")][assignees]
        team = [one["id"] for one in self._awork("GET", "/users")][:assignees]
        self._awork("POST", f"/tasks/{task}/setassignees", json=team)
        return str(task)

    def _awork(self, method: str, path: str, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {API_KEY}"}
        answer = httpx.request(method, f"{self.standin.url}{path}", headers=headers, **options)
        return answer.raise_for_status().json() if answer.content else None


class Form(HTMLParser):
    """What a browser sends of the form that posts to `/invite/`."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, Any] = {}
        self.is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.is_inside = urlsplit(given.get("action") or "").path == INVITE
        is_sent = given.get("type") not in {"radio", "checkbox"} or "checked" in given
        name = given.get("name")
        if self.is_inside and tag == "input" and name and is_sent:
            self.fields.setdefault(name, []).append(given.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_inside = False


def _watched(watch: Watch | None, request: Request) -> Any:
    return watch(request) if watch else request()


@contextmanager
def desk() -> Iterator[Desk]:
    """A desk where Paula is signed in, on SQLite or on the server of DATABASE_URL."""
    with served.database() as database, tempfile.TemporaryDirectory() as static:
        os.environ |= {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        standin = _prepare(static)
        try:
            yield Desk(standin)
        finally:
            standin.close()
            _disconnect()


def _prepare(static: str) -> Any:
    import django

    django.setup()
    logging.disable(logging.INFO)
    from django.conf import settings
    from django.core.management import call_command

    from tests.standin_server import RunningStandin

    settings.STATIC_ROOT = static
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    standin = RunningStandin()
    settings.AWORK_API_URL, settings.AWORK_WORKSPACES = standin.url, [standin.workspace]
    return standin


def _disconnect() -> None:
    from django.db import connections

    connections.close_all()
