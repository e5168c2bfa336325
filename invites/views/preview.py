"""`/invite/preview/`: look at what was typed without sending it, for pages without a script."""

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from invites.views.choices import typed
from portal.accounts.permissions import inviter_required
from portal.web.htmx import SignedInRequest, post_only


@inviter_required
@post_only(at="invite")
def preview(request: SignedInRequest) -> HttpResponseBase:
    """Back to the form, with everything in the address, where reloading and bookmarks keep it."""
    fields = typed(request.POST)
    for name in ("task", "q"):
        if request.POST.get(name):
            fields[name] = request.POST[name]
    return redirect(reverse("invite", query=fields))
