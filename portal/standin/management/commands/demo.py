"""The portal and the stand-in awork in one process, to try the portal without an awork account."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.wsgi import get_wsgi_application

from portal.standin.environment import DEMO_PORT, add_arguments
from portal.standin.persistence import JsonStore
from portal.standin.server import (
    StandinApplication,
    WSGIApplication,
    listen,
    serve,
    until_interrupted,
    user_list,
)
from portal.standin.standin import Standin


class Command(BaseCommand):
    """`manage.py demo`"""

    help = "Serve the portal and a stand-in awork at http://127.0.0.1:8000/ until Ctrl-C."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_arguments(parser, DEMO_PORT)

    def handle(self, *args: Any, port: int, tasks: int, data: Path, **options: Any) -> None:
        with until_interrupted(self.stdout):
            applications = BothApplications(port)
            server = listen(port, "demo", applications)
            call_command("migrate", verbosity=0, interactive=False)
            call_command("collectstatic", verbosity=0, interactive=False)
            standin = load_standin(tasks, data / "standin.json")
            applications.standin, applications.portal = StandinApplication(standin), get_wsgi_application()
            self.stdout.write(f"The invitation desk is at http://127.0.0.1:{port}/\n")
            self.stdout.write("Press the button there to sign in at the stand-in awork as one of:\n")
            self.stdout.write(user_list(standin))
            self.stdout.write("Stop it with Ctrl-C.")
            serve(server, self.stdout)


class BothApplications:
    """Routes requests to the portal or the stand-in by path."""

    portal: WSGIApplication
    standin: WSGIApplication

    def __init__(self, port: int) -> None:
        self.host = f"127.0.0.1:{port}"

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("HTTP_HOST") == f"localhost:{self.host.rpartition(':')[2]}":
            # Cookies belong to one host: the sign-in would not find its session on the other.
            start_response("302 Found", [("Location", f"http://{self.host}/"), ("Content-Length", "0")])
            return []
        if environ["PATH_INFO"].startswith("/standin/"):
            return self.standin(environ, start_response)
        return self.portal(environ, start_response)


def load_standin(tasks: int, path: Path) -> Standin:
    """The stand-in with the data of the last demo."""
    standin = Standin(tasks)
    store = JsonStore(standin, path)
    try:
        store.load()
    except ValueError:
        raise CommandError(f"{path} cannot be read. Delete it to start afresh.") from None
    standin.on_change = store.save
    return standin
