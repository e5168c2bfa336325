"""Migrates the database, and checks it afterwards."""

from typing import Any

from django.core.checks import Tags
from django.core.management.commands import migrate


class Command(migrate.Command):
    """Django checks the database first and stops, but migrating is what installs missing triggers."""

    def get_check_kwargs(self, options: dict[str, Any]) -> Any:
        """The checks before: all but those of the database."""
        return super().get_check_kwargs(options) | {"databases": None}

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, and then check the database."""
        super().handle(*args, **options)
        if not options["plan"] and not options["skip_checks"]:
            self.check(tags=[Tags.database], databases=[options["database"]])
