"""How times say their zone."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

NAMES = {"CET": _("CET"), "CEST": _("CEST")}


def zone_name(at: datetime) -> str:
    """The reader's time zone at this time, such as "CET", in German "MEZ", or "UTC+03"."""
    name = timezone.localtime(at).tzname() or ""
    return f"UTC{name}" if name.startswith(("+", "-")) else str(NAMES.get(name, name))


def moment(at: datetime) -> str:
    """A time in the reader's format and time zone, which it names: "28 Nov 2026, 14:05 CET"."""
    return f"{date_format(timezone.localtime(at), 'DATETIME_FORMAT')} {zone_name(at)}"
