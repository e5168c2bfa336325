"""Restores a form after a sign-in: its fields are in the session for up to an hour.

They are restored once, and only for the user who entered them, even if the session ended in between.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote_plus, urlsplit

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import Resolver404, resolve
from django.utils.datastructures import MultiValueDict

from portal.email_addresses import mentions
from portal.models import PendingSignIn, Session, User
from portal.sessions import MAX_AGE, SessionStore

KEY = "form_recovery"
AUTHOR_COOKIE = "form_author"  # who signed in last, and so entered a form whose session has ended
MAX_LENGTH = 20_000  # characters, far more than any form needs but the large ones
MAX_AGE_SECONDS = 3600
BYTES = "latin-1"


def stash(request: HttpRequest, page: str) -> bool:
    """Save the fields of this request for `page`, to which the user returns; whether there were any.

    htmx may send the form of a page to other URLs, also by GET. For a plain GET of the page itself nothing
    is saved, as the fields are in its URL, unless it has just restored some.
    """
    restored = getattr(request, "restored_form", None)
    if restored:
        request.session[KEY] = restored
        return True
    if _recovers_forms(page) and (request.method != "GET" or page != request.get_full_path()):
        fields = (request.POST if request.method == "POST" else request.GET).copy()
        fields.pop("csrfmiddlewaretoken", None)
        content, path = fields.urlencode(), urlsplit(page).path
        if (content or request.FILES) and len(content) <= _max_length(path):
            origin = {"path": path, "by": _user_id(request) or author(request)}
            saved = {"content": content, "files": _texts(request.FILES), "at": time.time()}
            request.session[KEY] = origin | saved
            return True
    return False


def _max_length(path: str) -> int:
    """URL encoding makes up to three characters of one byte."""
    return (
        3 * settings.DATA_UPLOAD_MAX_MEMORY_SIZE if path.startswith(settings.LARGE_FORM_PATHS) else MAX_LENGTH
    )


def _texts(files: MultiValueDict[str, Any]) -> dict[str, str]:
    """The files as text, in the encoding that has a character for each byte."""
    texts = {}
    for name, [file, *_others] in files.lists():
        file.seek(0)  # the view may have read it
        texts[name] = file.read().decode(BYTES)
    return texts


def _recovers_forms(page: str) -> bool:
    try:
        return resolve(urlsplit(page).path).url_name in settings.FORM_RECOVERY_PAGES
    except Resolver404:
        return False


def _user_id(request: HttpRequest) -> int | None:
    return getattr(getattr(request, "user", None), "pk", None)


def set_author(response: HttpResponse, user: User) -> None:
    """Remember in the browser who signed in, for the forms that are sent after the session has ended."""
    response.set_signed_cookie(
        AUTHOR_COOKIE,
        str(user.pk),
        salt=AUTHOR_COOKIE,
        max_age=MAX_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def author(request: HttpRequest) -> int | None:
    """Who signed in last in this browser; None if that isn't known."""
    value = request.get_signed_cookie(AUTHOR_COOKIE, default=None, salt=AUTHOR_COOKIE, max_age=MAX_AGE)
    return int(value) if value else None


@contextmanager
def preserve(request: HttpRequest) -> Iterator[None]:
    """Preserve the saved form through a block that ends the session."""
    saved = request.session.get(KEY)
    yield
    if saved:
        request.session[KEY] = saved


def pop(request: HttpRequest) -> QueryDict | None:
    """Return and delete the form saved for this path; None if there is none.

    Its files are in `request.restored_files`.
    """
    saved = request.session.get(KEY)
    if not isinstance(saved, dict) or saved.get("path") != request.path:
        return None
    del request.session[KEY]
    if time.time() - saved.get("at", 0) > MAX_AGE_SECONDS or saved.get("by") != _user_id(request):
        return None
    request.restored_form = saved  # type: ignore[attr-defined]
    files = saved.get("files", {}).items()
    request.restored_files = MultiValueDict(  # type: ignore[attr-defined]
        {name: [SimpleUploadedFile(name, text.encode(BYTES))] for name, text in files}
    )
    return QueryDict(saved["content"])


def purge(email: str) -> None:
    """Delete saved forms and URLs that contain this e-mail address from all sessions and pending sign-ins.

    Saved forms with a file are deleted, whatever it contains: it may be in any encoding.

    Within a transaction, which locks the sessions.
    """
    for pending in PendingSignIn.objects.iterator():
        if mentions(unquote_plus(pending.next), email):
            pending.delete()
    for session in Session.objects.select_for_update().iterator():
        data = session.get_decoded()
        matches = [
            name
            for name, value in data.items()
            if _has_file(value) or mentions(unquote_plus(str(value)), email)
        ]
        for name in matches:
            del data[name]
        if matches:
            remaining = SessionStore().encode(data)
            Session.objects.filter(pk=session.pk).update(session_data=remaining)  # keeps the expiry date


def _has_file(value: object) -> bool:
    return isinstance(value, dict) and bool(value.get("files"))
