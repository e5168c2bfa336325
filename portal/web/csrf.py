"""The answer to a form whose CSRF token is of an earlier sign-in."""

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from portal.models import User
from portal.web import form_recovery
from portal.web.htmx import current_page, wants_fragment

OUTDATED = "CSRF token from "  # how Django's reason begins where there is a token, but not this session's


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse the form, and restore what was entered when its page is opened next.

    Only for someone who is signed in: browsers send no session with a form of another site.
    """
    is_signed_in = isinstance(getattr(request, "user", None), User)
    if is_signed_in and request.path == reverse("login") and reason.startswith(OUTDATED):
        return redirect_to_login(request.POST.get("next", ""))  # signed in in another tab: which leads on
    page = current_page(request)
    is_kept = is_signed_in and form_recovery.stash(request, page)
    if is_kept and wants_fragment(request):  # type: ignore[arg-type]
        return HttpResponseClientRedirect(page)
    return render(request, "403_csrf.html", {"form_page": page if is_kept else ""}, status=403)
