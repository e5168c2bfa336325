"""Form content that outlives a sign-in: kept in the session, given back once.

The session belongs to one person: when somebody else signs in, Django empties it.
"""

from urllib.parse import urlsplit

from django.http import HttpRequest, QueryDict

KEY = "kept"
LIMIT = 20_000  # characters; what a person types fits many times


def keep(request: HttpRequest, page: str) -> None:
    """Remember the fields of this request for `page`, the address that the person comes back to.

    htmx sends the form of a page to addresses of its parts, also by GET.
    """
    sent = request.POST if request.method == "POST" else request.GET
    fields = sent.copy()
    fields.pop("csrfmiddlewaretoken", None)
    content = fields.urlencode()
    if content and len(content) <= LIMIT:
        request.session[KEY] = {"path": urlsplit(page).path, "content": content}


def take(request: HttpRequest) -> QueryDict | None:
    """What was kept for this path, once; None if there is nothing."""
    found = request.session.get(KEY)
    if not isinstance(found, dict) or found.get("path") != request.path:
        return None
    del request.session[KEY]
    return QueryDict(found["content"])
