"""The part of the house that knows who is signed in, and awork."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Registers the system checks."""

    name = "portal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal import checks  # noqa: F401
