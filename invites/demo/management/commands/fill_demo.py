"""Makes the demo's past; `manage.py demo` runs it at its first start."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from invites.demo.history import fill


class Command(BaseCommand):
    """`manage.py fill_demo`, while the stand-in awork is running and the database is empty."""

    help = "Make the demo's invitations of the last 90 days."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--empty", action="store_true", help="only sign people in and assign desk roles")

    def handle(self, *args: Any, empty: bool, **options: Any) -> None:
        fill(timezone.now(), is_empty=empty)
