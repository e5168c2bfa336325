"""The stand-in awork alone, for tests and benchmarks in other processes; nothing is saved."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand

from portal.standin.environment import API_KEY, BASE, STANDIN_PORT, add_arguments
from portal.standin.server import StandinApplication, listen, serve, until_interrupted, user_list
from portal.standin.standin import Standin


class Command(BaseCommand):
    """`manage.py standin`"""

    help = "Serve the stand-in awork on a port of its own until Ctrl-C."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_arguments(parser, STANDIN_PORT)
        parser.add_argument("--delay", type=int, default=0, help="milliseconds before each answer")

    def handle(self, *args: Any, port: int, tasks: int, delay: int, **options: Any) -> None:
        with until_interrupted(self.stdout):
            standin = Standin(tasks)
            standin.faults.delay = delay / 1000
            server = listen(port, "standin", StandinApplication(standin))
            self.stdout.write(f"The stand-in awork is at http://127.0.0.1:{port}/standin/\n")
            self.stdout.write(f"AWORK_API_URL=http://127.0.0.1:{port}{BASE}\nAWORK_API_KEY={API_KEY}\n")
            self.stdout.write(user_list(standin))
            serve(server, self.stdout)
