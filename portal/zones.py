"""How times say their zone."""

from datetime import datetime

from django.utils import timezone


def zone_name(at: datetime) -> str:
    """The reader's time zone at this time, such as "CET" or "UTC+03"."""
    name = timezone.localtime(at).tzname() or ""
    return f"UTC{name}" if name.startswith(("+", "-")) else name
