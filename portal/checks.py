"""What must not go to production."""

from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from portal.environment import is_loopback


@register()
def standin_stays_home(**_: Any) -> list[CheckMessage]:
    """The stand-in signs anybody in as anybody: it runs in the demo and in tests only."""
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
