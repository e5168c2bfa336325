"""Django's `collectstatic`, which says in a sentence that it can't write to STATIC_ROOT."""

from typing import Any

from django.contrib.staticfiles.management.commands.collectstatic import Command as DjangoCommand
from django.core.management.base import CommandError


class Command(DjangoCommand):
    def handle(self, **options: Any) -> str | None:
        """Collect the static files."""
        try:
            return super().handle(**options)
        except OSError as problem:
            raise CommandError(f"STATIC_ROOT: {problem.strerror}: {problem.filename}") from problem
