"""`{% attention_count %}`: how many items need the attention of the signed-in user."""

from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import DatabaseError
from django.template import Context, Library

from invites.attention.registry import COUNTED, counts
from portal.models import User

SECONDS = 10  # the number may be that old: counting takes as long as the rest of a small page

register = Library()


@register.simple_tag(takes_context=True)
def attention_count(context: Context) -> str:
    """The number for the top bar, empty for none; the page of these items has counted already.

    Nothing if the database doesn't answer: the page may be the one that says so.
    """
    request = context.get("request")
    user: User | AnonymousUser | None = getattr(request, "user", None)
    if not isinstance(user, User):
        return ""
    key = f"attention-{user.pk}-{user.role}"
    counted, total = context.get("attention_counts"), cache.get(key)
    if counted or total is None:
        try:
            total = sum((counted or counts(user)).values())
        except DatabaseError:
            return ""
        cache.set(key, total, SECONDS)
    return f"{COUNTED - 1}+" if total >= COUNTED else str(total or "")
