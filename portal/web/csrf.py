"""The answer to a form whose CSRF token is of an earlier sign-in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.http import HttpResponseClientRedirect

from portal.models import User
from portal.web import form_recovery
from portal.web.htmx import current_page, wants_fragment


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse the form, and restore what was entered when its page is opened next.

    Only for someone who is signed in: browsers send no session with a form of another site.
    """
    page = current_page(request)
    is_kept = isinstance(getattr(request, "user", None), User) and form_recovery.stash(request, page)
    if is_kept and wants_fragment(request):  # type: ignore[arg-type]
        return HttpResponseClientRedirect(page)
    return render(request, "403_csrf.html", {"form_page": page if is_kept else ""}, status=403)
