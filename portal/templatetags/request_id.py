"""`{% request_id %}` for error pages, which may be rendered without a request."""

from django.template import Library
from structlog.contextvars import get_contextvars

register = Library()


@register.simple_tag
def request_id() -> str:
    """The id of the current request; "" outside of requests."""
    return str(get_contextvars().get("request_id", ""))
