"""`/api-tokens/`: the tokens with which other systems read the audit log."""

from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from invites.models import ApiToken
from invites.models.api_token import PURPOSE_LENGTH
from invites.stream import tokens
from portal import actor
from portal.accounts.permissions import administrator_required
from portal.web.htmx import SignedInRequest, render_page


class TokenForm(forms.Form):
    """What the token is for, and what it reads; `key` lets a form that is sent twice create one token."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    purpose = forms.CharField(
        label=gettext_lazy("Purpose"),
        max_length=PURPOSE_LENGTH,
        help_text=gettext_lazy("Such as the system that reads the log. Stays in the log: name nobody in it."),
    )
    reads = forms.ChoiceField(
        label=gettext_lazy("Reads"),
        choices=[
            ("workspace", gettext_lazy("events of this workspace")),
            ("both", gettext_lazy("these, and those of the portal, such as refused sign-ins")),
        ],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_required
def api_tokens(request: SignedInRequest) -> HttpResponseBase:
    """List the tokens; a POST creates one, and its response is the only one that shows it."""
    if request.method != "POST":
        return _page(request, _empty_form())
    form = TokenForm(request.POST, use_required_attribute=False)
    if not form.is_valid():
        return _page(request, form, status=422)
    token = tokens.create(
        form.cleaned_data["key"],
        form.cleaned_data["purpose"],
        reads_portal=form.cleaned_data["reads"] == "both",
        user=request.user,
        by=actor.for_request(request),
    )
    if token is None:
        messages.info(request, _("This token was created before, and is shown only once. Revoke it if lost."))
        return redirect("api-tokens")
    return _page(request, _empty_form(), token=token)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_required
def revoke(request: SignedInRequest, token_id: UUID) -> HttpResponseBase:
    """Ask to confirm; a POST revokes the token."""
    token = get_object_or_404(ApiToken, id=token_id, workspace=request.user.workspace_id)
    if request.method != "POST" and not token.revoked_at:
        return render_page(request, "invites/api_token_revoke.html", {"token": token})
    if request.method == "POST" and tokens.revoke(token, user=request.user, by=actor.for_request(request)):
        messages.success(request, _("The token was revoked."))
    else:
        messages.info(request, _("This token was revoked before."))
    return redirect("api-tokens")


def _empty_form() -> TokenForm:
    return TokenForm(initial={"key": uuid4()}, use_required_attribute=False)


def _page(request: SignedInRequest, form: TokenForm, *, token: str = "", status: int = 200) -> HttpResponse:
    found = ApiToken.objects.filter(workspace=request.user.workspace_id)
    found = found.select_related("created_by", "revoked_by").order_by("-created_at", "id")
    context = {
        "form": form,
        "token": token,
        "valid": [one for one in found if not one.revoked_at],
        "revoked": [one for one in found if one.revoked_at],
    }
    return render_page(request, "invites/api_tokens.html", context, status=status)
