"""The portal and the stand-in awork in one process, to try the portal without an awork account."""

import argparse
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.wsgi import get_wsgi_application

from portal.standin.environment import DEMO_PORT, add_arguments
from portal.standin.persistence import JsonStore
from portal.standin.server import (
    Server,
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
        parser.add_argument("--empty", action="store_true", help="begin without invitations and policy")

    def handle(self, *args: Any, port: int, tasks: int, data: Path, empty: bool, **options: Any) -> None:
        with until_interrupted(self.stdout):
            standin, store = Standin(tasks), data / "standin.json"
            applications = BothApplications(port, StandinApplication(standin))
            server = listen(port, "demo", applications)
            if not store.exists():
                self.stdout.write("Preparing the workspace, once. This takes a few seconds.")
                self.stdout.flush()
            prepare_database(is_new=not store.exists())
            load_or_fill(standin, store, server, is_empty=empty)
            applications.portal = get_wsgi_application()
            self.stdout.write(f"The invitation desk is at http://127.0.0.1:{port}/\n")
            self.stdout.write("Press the button there to sign in at the stand-in awork as one of:\n")
            self.stdout.write(user_list(standin))
            self.stdout.write(f"Its data is kept. To start afresh, stop it and delete {data}")
            self.stdout.write("Stop it with Ctrl-C.")
            with background_worker():
                serve(server, self.stdout)


class BothApplications:
    """Routes requests to the portal or the stand-in by path."""

    def __init__(self, port: int, standin: WSGIApplication) -> None:
        self.host = f"127.0.0.1:{port}"
        self.standin = standin
        self.portal: WSGIApplication = not_ready

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("HTTP_HOST") == f"localhost:{self.host.rpartition(':')[2]}":
            # Cookies belong to one host: the sign-in would not find its session on the other.
            start_response("302 Found", [("Location", f"http://{self.host}/"), ("Content-Length", "0")])
            return []
        if environ["PATH_INFO"].startswith("/standin/"):
            return self.standin(environ, start_response)
        return self.portal(environ, start_response)


def not_ready(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The portal's response until it has started; browsers reload it after a second."""
    text = b"The demo is starting."
    headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(text))), ("Refresh", "1")]
    start_response("503 Service Unavailable", headers)
    return [text]


def prepare_database(*, is_new: bool) -> None:
    """Create or migrate the database, and collect static files.

    A database without the stand-in's data is left over from a start that was interrupted.
    """
    if is_new:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{settings.DATABASES['default']['NAME']}{suffix}").unlink(missing_ok=True)
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)


def load_or_fill(standin: Standin, path: Path, server: Server, *, is_empty: bool) -> None:
    """Load the data of the last demo, or make those of a new one; from then on, save every change."""
    store = JsonStore(standin, path)
    if path.exists():
        try:
            store.load()
        except ValueError:
            raise CommandError(f"{path} cannot be read. Delete {path.parent} to start afresh.") from None
    else:
        with in_background(server):
            call_command("fill_demo", empty=is_empty)
        store.save()
    standin.on_change = store.save


@contextmanager
def background_worker() -> Iterator[None]:
    """Run `manage.py work` beside the site: it has the demo's environment variables."""
    command = [sys.executable, sys.argv[0], "work"]
    worker = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603  # our own
    try:
        yield
    finally:
        worker.terminate()
        worker.wait()


@contextmanager
def in_background(server: Server) -> Iterator[None]:
    """Serve during the block."""
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
