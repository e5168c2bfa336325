"""Form content that outlives a sign-in: kept in the session for an hour, given back once.

It is given to the person who typed it and to nobody else, also where the session has ended meanwhile.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote_plus, urlsplit

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.urls import Resolver404, resolve

from portal.email_addresses import mentions
from portal.models import Session
from portal.sessions import SessionStore

KEY = "kept"
MAX_LENGTH = 20_000  # characters; what a person types fits many times
MAX_AGE_SECONDS = 3600


def stash(request: HttpRequest, page: str) -> None:
    """Remember the fields of this request for `page`, the address that the person comes back to.

    htmx sends the form of a page to addresses of its parts, also by GET. A page that is merely read has
    its fields in its address; if it had just been given kept content, that is kept again.
    """
    taken = getattr(request, "kept", None)
    if taken:
        request.session[KEY] = taken
    elif _recovers_forms(page) and (request.method != "GET" or page != request.get_full_path()):
        fields = (request.POST if request.method == "POST" else request.GET).copy()
        fields.pop("csrfmiddlewaretoken", None)
        content = fields.urlencode()
        if content and len(content) <= MAX_LENGTH:
            place = {"path": urlsplit(page).path, "by": _user_id(request)}
            request.session[KEY] = place | {"content": content, "at": time.time()}


def _recovers_forms(page: str) -> bool:
    try:
        return resolve(urlsplit(page).path).url_name in settings.FORM_RECOVERY_PAGES
    except Resolver404:
        return False


def _user_id(request: HttpRequest) -> int | None:
    return getattr(getattr(request, "user", None), "pk", None)


@contextmanager
def preserve(request: HttpRequest) -> Iterator[None]:
    """Keep what is kept through a block that ends the session."""
    found = request.session.get(KEY)
    yield
    if found:
        request.session[KEY] = found


def pop(request: HttpRequest) -> QueryDict | None:
    """What was kept for this path, once; None if there is nothing."""
    found = request.session.get(KEY)
    if not isinstance(found, dict) or found.get("path") != request.path:
        return None
    del request.session[KEY]
    if time.time() - found.get("at", 0) > MAX_AGE_SECONDS or found.get("by") != _user_id(request):
        return None
    request.kept = found  # type: ignore[attr-defined]
    return QueryDict(found["content"])


def purge(email: str) -> None:
    """Drop what any session remembers of forms and URLs in which this e-mail address occurs."""
    for session in Session.objects.iterator():
        data = session.get_decoded()
        told = [name for name, value in data.items() if mentions(unquote_plus(str(value)), email)]
        for name in told:
            del data[name]
        if told:
            left = SessionStore().encode(data)
            Session.objects.filter(pk=session.pk).update(session_data=left)  # one that ended stays ended
