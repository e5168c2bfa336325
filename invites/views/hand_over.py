"""`/guests/hand-over/` and `/guests/<id>/sponsor/`: give guests to another sponsor."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from invites.guests import sponsors
from invites.guests.filters import HandOverFilter
from invites.models import Guest
from portal import actor
from portal.accounts.permissions import guest_manager_required
from portal.models import User
from portal.web.htmx import SignedInRequest, render_page

CHANGED = gettext_lazy("The list has changed since. Check the number of guests and confirm again.")
NOBODY = gettext_lazy("No guest matches these filters.")
TOO_MANY = gettext_lazy("At most %(most)s guests can be handed over at once. Filter the list first.")


class SponsorForm(forms.Form):
    """The new sponsor, and how many guests the page said they get."""

    sponsor = forms.ModelChoiceField(
        label=gettext_lazy("New sponsor"),
        queryset=User.objects.none(),
        empty_label=gettext_lazy("Select a member"),
    )
    shown = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**6)

    def __init__(self, data: QueryDict | None, guests: QuerySet[Guest], workspace: UUID) -> None:
        super().__init__(data, use_required_attribute=False)
        self.count = guests.count()
        self.fields["sponsor"].queryset = sponsors.candidates(workspace)  # type: ignore[attr-defined]
        self.initial = {"shown": self.count}

    def clean(self) -> dict[str, Any]:
        """Refuse what the page didn't show, and too many at once."""
        found = super().clean() or {}
        if not self.count:
            raise forms.ValidationError(NOBODY)
        if self.count > sponsors.MOST:
            raise forms.ValidationError(TOO_MANY % {"most": sponsors.MOST})
        if found.get("shown", self.count) != self.count:
            raise forms.ValidationError(CHANGED)
        return found


@guest_manager_required
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: SignedInRequest) -> HttpResponseBase:
    """Hand over all guests that match the filters in the URL, once their number was confirmed."""
    filters = HandOverFilter(request.GET, request.user)
    if not filters.is_valid():
        return redirect(f"{reverse('guests')}?{request.GET.urlencode()}")
    back = f"{reverse('guests')}?{filters.query}".rstrip("?")
    return _page(request, filters.narrow(), back, {"filters": filters})


@guest_manager_required
@require_http_methods(["GET", "HEAD", "POST"])
def change_sponsor(request: SignedInRequest, guest_id: UUID) -> HttpResponseBase:
    """Hand over one guest."""
    guests = Guest.visible_to(request.user).filter(id=guest_id)
    guest = get_object_or_404(guests)
    return _page(request, guests, guest.get_absolute_url(), {"guest": guest})


def _page(
    request: SignedInRequest, guests: QuerySet[Guest], back: str, context: dict[str, Any]
) -> HttpResponseBase:
    data = request.POST if request.method == "POST" else None
    form = SponsorForm(data, guests, request.user.workspace_id)
    if form.is_bound and form.is_valid():
        sponsor = form.cleaned_data["sponsor"]
        count = sponsors.hand_over(guests, sponsor, by=actor.for_request(request))
        text = ngettext(
            "%(count)s guest handed over to %(name)s.", "%(count)s guests handed over to %(name)s.", count
        )
        messages.success(request, text % {"count": count, "name": sponsor.name})
        return redirect(back)
    if form.is_bound:
        form.data = {"sponsor": form.data.get("sponsor", ""), "shown": form.count}  # what the page says now
    return _render(request, form, back, context)


def _render(request: SignedInRequest, form: SponsorForm, back: str, context: dict[str, Any]) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render_page(
        request, "guests/hand_over.html", {**context, "form": form, "back": back}, status=status
    )
