"""`/invite/preview/`: check the form without sending it, for pages without a script."""

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from invites.form_page import entered
from portal.accounts.permissions import inviter_required
from portal.web.htmx import SignedInRequest, post_only


@inviter_required
@post_only(at="invite")
def preview(request: SignedInRequest) -> HttpResponseBase:
    """Redirect to the form with everything entered in the URL, so that it survives a reload."""
    fields = entered(request.POST)
    for name in ("task", "q"):
        if request.POST.get(name):
            fields[name] = request.POST[name]
    return redirect(reverse("invite", query=fields))
