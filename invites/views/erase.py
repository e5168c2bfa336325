"""`/guests/erase/`: erase a guest's personal data; the events remain under a pseudonym."""

from typing import Any

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from invites.sending.erase import GuestNotFound, InvitationInProgress, erase
from portal import actor
from portal.accounts.permissions import administrator_required
from portal.actor import PORTAL_WORKSPACE
from portal.web.fields import EmailKeyField
from portal.web.htmx import SignedInRequest, render_page


class EraseForm(forms.Form):
    """The address twice, since this can't be undone."""

    email = EmailKeyField(label=_("The guest's address"), max_length=320)
    again = EmailKeyField(label=_("The address again"), max_length=320)
    reason = forms.CharField(
        label=_("Reason"), max_length=500, help_text=_("Stays in the log. Name nobody in it.")
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        email, again = cleaned.get("email"), cleaned.get("again")
        if email and again and email != again:
            self.add_error("again", _("The two addresses differ."))
        return cleaned


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@administrator_required
def erase_guest(request: SignedInRequest) -> HttpResponseBase:
    """Ask for the address and a reason, erase the guest, and show the event, or that deleted rows remain."""
    form = EraseForm(request.POST or None, use_required_attribute=False)
    if request.method == "POST" and form.is_valid():
        done = _erase(request, form)
        if done:
            return done
    status = 422 if form.is_bound else 200
    return render_page(request, "invites/erase.html", {"form": form}, status=status)


def _erase(request: SignedInRequest, form: EraseForm) -> HttpResponseBase | None:
    try:
        erasure = erase(
            form.cleaned_data["email"],
            workspaces=[request.user.workspace_id, PORTAL_WORKSPACE],
            by=actor.for_request(request),
            reason=form.cleaned_data["reason"],
        )
    except InvitationInProgress:
        form.add_error(
            "email", _("This guest, or another to the same task, is being invited. Try again in a minute.")
        )
    except GuestNotFound:
        form.add_error("email", _("Nothing is known about this address."))
    else:
        if erasure.rows_remain:
            return redirect(reverse("guest-erase", query={"remaining": "1"}))
        return redirect(erasure.event)
    return None
