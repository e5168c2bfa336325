"""Form content that outlives a sign-in: kept in the session, given back once."""

from django.http import HttpRequest, QueryDict

KEY = "kept"
LIMIT = 20_000  # characters; what a person types fits many times


def keep(request: HttpRequest) -> None:
    """Remember what was posted to this path."""
    fields = request.POST.copy()
    fields.pop("csrfmiddlewaretoken", None)
    content = fields.urlencode()
    if content and len(content) <= LIMIT:
        request.session[KEY] = {"path": request.path, "content": content}


def take(request: HttpRequest) -> QueryDict | None:
    """What was kept for this path, once; None if there is nothing."""
    found = request.session.get(KEY)
    if not isinstance(found, dict) or found.get("path") != request.path:
        return None
    del request.session[KEY]
    return QueryDict(found["content"])
