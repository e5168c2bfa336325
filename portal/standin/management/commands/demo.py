"""The portal and the stand-in awork in one process, for everybody who wants to have a look."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.wsgi import get_wsgi_application

from portal.standin.environment import DEMO_PORT, add_arguments
from portal.standin.running import Application as WSGI
from portal.standin.running import cast_list, listen, serve, until_interrupted
from portal.standin.server import Application
from portal.standin.service import Standin
from portal.standin.store import Store


class Command(BaseCommand):
    """`manage.py demo`"""

    help = "Serve the portal and a stand-in awork at http://127.0.0.1:8000/ until Ctrl-C."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_arguments(parser, DEMO_PORT)

    def handle(self, *args: Any, port: int, tasks: int, data: Path, **options: Any) -> None:
        with until_interrupted(self.stdout):
            house = House(port)
            server = listen(port, "demo", house)
            call_command("migrate", verbosity=0, interactive=False)
            call_command("collectstatic", verbosity=0, interactive=False)
            standin = remembered(tasks, data / "standin.json")
            house.standin, house.portal = Application(standin), get_wsgi_application()
            self.stdout.write(f"The invitation desk is at http://127.0.0.1:{port}/\n")
            self.stdout.write("Press the button there to sign in at the stand-in awork. You can be:\n")
            self.stdout.write(cast_list(standin))
            self.stdout.write("End it with Ctrl-C.")
            serve(server, self.stdout)


class House:
    """Both applications behind one address."""

    portal: WSGI
    standin: WSGI

    def __init__(self, port: int) -> None:
        self.host = f"127.0.0.1:{port}"

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("HTTP_HOST") == f"localhost:{self.host.rpartition(':')[2]}":
            # One name only: the session that began the sign-in has to be there when awork sends people back.
            start_response("302 Found", [("Location", f"http://{self.host}/"), ("Content-Length", "0")])
            return []
        if environ["PATH_INFO"].startswith("/standin/"):
            return self.standin(environ, start_response)
        return self.portal(environ, start_response)


def remembered(tasks: int, path: Path) -> Standin:
    """The stand-in as the last demo left it."""
    standin = Standin(tasks)
    store = Store(standin, path)
    try:
        store.load()
    except ValueError:
        raise CommandError(f"{path} cannot be read. Delete it to start afresh.") from None
    standin.changed = store.save
    return standin
