"""`{% administrator_notice %}`: what administrators read on every page while the desk needs them."""

from typing import Any

from django.template import Context, Library

from invites.notice import sentences

register = Library()


@register.inclusion_tag("invites/_administrator_notice.html", takes_context=True)
def administrator_notice(context: Context) -> dict[str, Any]:
    """The sentences, and nothing on the page that they lead to; error pages may have no request."""
    request = context.get("request")
    user, match = getattr(request, "user", None), getattr(request, "resolver_match", None)
    is_there = match and match.url_name == "status"
    return {"sentences": sentences(user) if user and not is_there else []}
