"""The app of members, sessions and awork, and its system check."""

import logging
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from portal.environment import is_loopback

log = logging.getLogger(__name__)


class PortalConfig(AppConfig):
    """Registers the system check, and names misspelt settings in the log."""

    name = "portal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        register(check_standin)
        for name, meant in settings.MISSPELT_SETTINGS.items():
            log.warning("the environment variable %s is not a setting; did you mean %s?", name, meant)


def check_standin(**_: Any) -> list[CheckMessage]:
    """Report a stand-in outside the demo and tests: anyone can sign in to it as anyone."""
    if not apps.is_installed("portal.standin"):
        return []
    if settings.DEMO and is_loopback(urlsplit(settings.PORTAL_URL).hostname or ""):
        return []
    return [
        Error(
            "The stand-in awork is installed outside demo and tests.",
            hint="Unset DEMO, or set PORTAL_URL to a loopback address.",
            id="portal.E001",
        )
    ]
