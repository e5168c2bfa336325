"""Filters for what people read: `{{ at|zone }}` and `{{ address|breakable }}`."""

import re

from django.template import Library
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from portal.zones import zone_name

BREAK = SafeString("<wbr>")
PARTS = re.compile(r"@?[^@.:]*[.:]?")

register = Library()
register.filter("zone", zone_name)


@register.filter
def breakable(text: object) -> str:
    """The text with places where a line may end: before each @, and after dots and colons."""
    return format_html_join(BREAK, "{}", ((part,) for part in PARTS.findall(str(text)) if part))
