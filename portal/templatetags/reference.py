"""`{% reference %}`: what an error page tells, also where it is rendered without a request."""

from django.template import Library

from portal import reference as references

register = Library()


@register.simple_tag
def reference() -> str:
    """The reference of the request at hand; "" outside of requests."""
    return references.current()
