"""`/webhooks/`: receivers of the audit log, what is delivered to them, and what isn't."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from invites.audit import chain
from invites.models import Webhook
from invites.models.api_token import PURPOSE_LENGTH
from invites.models.webhook import URL_LENGTH, Format
from invites.stream import webhooks
from portal import actor
from portal.accounts.permissions import administrator_required
from portal.environment import ascii_host, is_loopback
from portal.web.htmx import SignedInRequest, post_only, render_page


class WebhookForm(forms.Form):
    """A receiver; `key` lets a form that is sent twice add one."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    purpose = forms.CharField(
        label=gettext_lazy("Purpose"),
        max_length=PURPOSE_LENGTH,
        help_text=gettext_lazy("Such as the system that receives. Stays in the log: name nobody in it."),
    )
    url = forms.CharField(
        label=gettext_lazy("URL"),
        max_length=URL_LENGTH,
        help_text=gettext_lazy("Begins with https://. It may be in your own network."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    format = forms.ChoiceField(label=gettext_lazy("Format"), choices=Format.choices)
    events = forms.ChoiceField(
        label=gettext_lazy("Events"),
        choices=[
            ("workspace", gettext_lazy("of this workspace")),
            ("portal", gettext_lazy("of the portal, such as refused sign-ins")),
        ],
    )

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            parts = urlsplit(url)
            host = ascii_host(parts.hostname or "")
            is_complete = bool(host) and parts.port != 0
        except ValueError:
            is_complete = False
        if not is_complete or not url.isascii() or any(map(str.isspace, url)):
            raise ValidationError(_("Enter a URL such as https://siem.studio.example/events."))
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
            raise ValidationError(_("The URL has to begin with https://."))
        if parts.username is not None or parts.fragment:
            raise ValidationError(_("Leave out user name, password and #."))
        return url


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_required
def webhook_list(request: SignedInRequest) -> HttpResponseBase:
    """List the webhooks; a POST adds one, and its response is the only one that shows the secret."""
    if request.method != "POST":
        return _page(request, _empty_form())
    form = WebhookForm(request.POST, use_required_attribute=False)
    if not form.is_valid():
        return _page(request, form, status=422)
    secret = webhooks.add(
        form.cleaned_data["key"],
        purpose=form.cleaned_data["purpose"],
        url=form.cleaned_data["url"],
        format=form.cleaned_data["format"],
        of_portal=form.cleaned_data["events"] == "portal",
        user=request.user,
        by=actor.for_request(request),
    )
    if secret is None:
        messages.info(request, _("This webhook was added before. Its secret is shown only once."))
        return redirect("webhooks")
    return _page(request, _empty_form(), secret=secret)


@administrator_required
@post_only(at="webhooks", alone=True)
def turn_on(request: SignedInRequest, webhook_id: UUID) -> HttpResponseBase:
    """Go on sending where it stopped."""
    done = webhooks.turn(_found(request, webhook_id), on=True, by=actor.for_request(request))
    return _answer(request, done, gettext_lazy("The webhook was turned on."))


@administrator_required
@post_only(at="webhooks", alone=True)
def turn_off(request: SignedInRequest, webhook_id: UUID) -> HttpResponseBase:
    """Send nothing until it is turned on."""
    done = webhooks.turn(_found(request, webhook_id), on=False, by=actor.for_request(request))
    return _answer(request, done, gettext_lazy("The webhook was turned off."))


@administrator_required
@post_only(at="webhooks", alone=True)
def retry(request: SignedInRequest, webhook_id: UUID) -> HttpResponseBase:
    """Send at once what failed."""
    done = webhooks.retry(_found(request, webhook_id), by=actor.for_request(request))
    return _answer(request, done, gettext_lazy("It will be sent again within seconds."))


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_required
def remove(request: SignedInRequest, webhook_id: UUID) -> HttpResponseBase:
    """Ask to confirm; a POST removes it."""
    webhook = _found(request, webhook_id)
    if request.method != "POST":
        return render_page(request, "invites/webhook_remove.html", {"webhook": webhook})
    done = webhooks.remove(webhook, by=actor.for_request(request))
    return _answer(request, done, gettext_lazy("The webhook was removed."))


def _found(request: SignedInRequest, webhook_id: UUID) -> Webhook:
    return get_object_or_404(Webhook, id=webhook_id, workspace=request.user.workspace_id)


def _answer(request: SignedInRequest, done: bool, text: Promise) -> HttpResponseBase:
    if done:
        messages.success(request, str(text))
    else:
        messages.info(request, _("Nothing was changed: this was done before."))
    return redirect("webhooks")


def _empty_form() -> WebhookForm:
    return WebhookForm(initial={"key": uuid4()}, use_required_attribute=False)


def _page(
    request: SignedInRequest, form: WebhookForm, *, secret: str = "", status: int = 200
) -> HttpResponse:
    found = list(Webhook.objects.filter(workspace=request.user.workspace_id).order_by("created_at", "id"))
    ends = {one.chain: chain.last(one.chain) for one in found}
    last = {name: end.sequence if end else 0 for name, end in ends.items()}
    rows = [{"webhook": one, "last": last[one.chain]} for one in found]
    context: dict[str, Any] = {"form": form, "secret": secret, "rows": rows}
    return render_page(request, "invites/webhooks.html", context, status=status)
