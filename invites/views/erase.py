"""`/guests/erase/`: erase a guest's personal data; the events remain under a pseudonym."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import get_text_list
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from invites.sending.erase import Counts, GuestNotFound, InvitationInProgress, count, erase
from portal import actor
from portal.accounts.permissions import administrator_required
from portal.actor import PORTAL_WORKSPACE
from portal.web.fields import EmailKeyField
from portal.web.htmx import SignedInRequest, render_page


class EraseForm(forms.Form):
    """The address twice, since this can't be undone; `previewed` is the address whose data were counted."""

    email = EmailKeyField(label=_("The guest's address"), max_length=320)
    again = EmailKeyField(label=_("The address again"), max_length=320)
    reason = forms.CharField(
        label=_("Reason"), max_length=500, help_text=_("Stays in the log. Name nobody in it.")
    )
    previewed = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        email, again = cleaned.get("email"), cleaned.get("again")
        if email and again and email != again:
            self.add_error("again", _("The two addresses differ."))
        return cleaned


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_required
def erase_guest(request: SignedInRequest) -> HttpResponseBase:
    """Ask for the address and a reason, show what is known of the guest, and erase it."""
    form = EraseForm(request.POST or None, use_required_attribute=False)
    if request.method != "POST" or not form.is_valid():
        return _page(request, form)
    email = form.cleaned_data["email"]
    try:
        if form.cleaned_data["previewed"] == email:
            return _erase(request, form)
        counts = count(email, workspaces=_chains(request))
    except InvitationInProgress:
        form.add_error(
            "email", _("This guest, or another to the same task, is being invited. Try again in a minute.")
        )
    except GuestNotFound:
        form.add_error("email", _("Nothing is known about this address."))
    else:
        form = EraseForm(request.POST.dict() | {"previewed": email}, use_required_attribute=False)
        return _page(request, form, known=describe(counts))
    return _page(request, form)


def describe(counts: Counts) -> list[str]:
    """The counts in words, such as "2 invitations"; without those that are 0."""
    shown = [
        (counts.invitations, ngettext("%(n)s invitation", "%(n)s invitations", counts.invitations)),
        (counts.events, ngettext("%(n)s event", "%(n)s events", counts.events)),
        (counts.pending_roles, ngettext("%(n)s pending role", "%(n)s pending roles", counts.pending_roles)),
    ]
    return [text % {"n": number} for number, text in shown if number]


def _chains(request: SignedInRequest) -> list[UUID]:
    return [request.user.workspace_id, PORTAL_WORKSPACE]


def _page(request: SignedInRequest, form: EraseForm, *, known: Sequence[str] = ()) -> HttpResponse:
    status = 422 if form.is_bound and form.errors else 200
    context = {"form": form, "known": known}
    return render_page(request, "invites/erase.html", context, status=status)


def _erase(request: SignedInRequest, form: EraseForm) -> HttpResponseBase:
    erasure = erase(
        form.cleaned_data["email"],
        workspaces=_chains(request),
        by=actor.for_request(request),
        reason=form.cleaned_data["reason"],
    )
    erased = get_text_list([*describe(erasure.counts)], _("and"))
    messages.success(request, _("The guest's data were erased from %(places)s.") % {"places": erased})
    if erasure.rows_remain:
        return redirect(reverse("guest-erase", query={"remaining": "1"}))
    return redirect(erasure.event)
