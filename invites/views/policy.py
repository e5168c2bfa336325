"""`/policy/`: the rules of the workspace, previewed before they are saved, and all their versions."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from invites.models import PolicyVersion
from invites.pickers import projects, roles
from invites.pickers.questions import Questions
from invites.policy_form import Choices, PolicyForm, filled, stamp
from invites.replay import replay
from invites.rules import Policy, Rules, may_be_offered
from invites.services import policy as policies
from invites.services.policy import Superseded
from invites.terms import changes, terms
from portal import actor, kept
from portal.access import administrator
from portal.awork.errors import AworkError, SignInExpired
from portal.awork.shapes import Role
from portal.models import User
from portal.page import SignedIn, page

HISTORY = 100  # versions listed; each leads to the one before
EDITED = _("The form was edited after its preview. Nothing was saved: look at the preview below first.")
OVERTAKEN = _(
    "Somebody saved another version after your preview. Nothing was saved: what you entered is compared "
    "with that version now."
)


@dataclass(frozen=True)
class Desk:
    """What a policy is made from: the person, what holds now, and what awork tells."""

    user: User
    current: Policy

    @classmethod
    def of(cls, user: User) -> "Desk":
        """The desk of this administrator, at this moment."""
        return cls(user, PolicyVersion.current(user.workspace_id))

    @cached_property
    def projects(self) -> projects.Seen:
        """The projects as the person sees them."""
        return projects.seen(Questions(self.user))

    @cached_property
    def choices(self) -> Choices:
        """What can be ticked."""
        offered = filter(may_be_offered, _roles(self.user))
        return Choices.of(offered, self.projects.projects, self.current.rules)

    def form(self, typed: QueryDict) -> PolicyForm:
        """The form as somebody filled it in."""
        return PolicyForm(typed, self.choices, initial={})

    def shown(self, rules: Rules, previewed: str = "") -> PolicyForm:
        """The form as these rules fill it in."""
        return PolicyForm(None, self.choices, initial=filled(rules, self.choices) | {"previewed": previewed})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@administrator
def policy(request: SignedIn) -> HttpResponse:
    """The form as the last version fills it in; a POST previews what was entered."""
    desk = Desk.of(request.user)
    typed = request.POST if request.method == "POST" else kept.take(request)
    if typed is None:
        return _page(request, desk, desk.shown(desk.current.rules))
    return _preview(request, desk, desk.form(typed))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@administrator
def save(request: SignedIn) -> HttpResponseBase:
    """Save exactly what was previewed, or show the preview of what would be saved instead."""
    desk = Desk.of(request.user)
    if request.method != "POST":  # the way back from a sign-in
        typed = kept.take(request)
        return redirect("policy") if typed is None else _preview(request, desk, desk.form(typed))
    form = desk.form(request.POST)
    if not form.is_valid():
        return _preview(request, desk, form)
    rules, number = form.rules(desk.current.rules), desk.current.number
    previewed = form.cleaned_data["previewed"]
    if previewed != stamp(rules, number) or not changes(desk.current.rules, rules):
        overtaken = previewed and not previewed.startswith(f"{number}:")
        return _preview(request, desk, form, note=OVERTAKEN if overtaken else EDITED)
    try:
        saved = policies.save(rules, after=number, saved_by=request.user, by=actor.of(request))
    except Superseded:
        desk = Desk.of(request.user)
        return _preview(request, desk, desk.form(request.POST), note=OVERTAKEN)
    return redirect(saved)


@never_cache
@require_safe
@administrator
def version(request: SignedIn, number: int) -> HttpResponse:
    """One version as it was saved."""
    versions = PolicyVersion.objects.filter(workspace=request.user.workspace_id)
    found = get_object_or_404(versions.select_related("saved_by"), number=number)
    context = {
        "version": found,
        "terms": terms(found.policy.rules),
        "newer": versions.filter(number=number + 1).first(),
        "older": versions.filter(number=number - 1).first(),
    }
    return page(request, "invites/policy_version.html", context)


def _roles(user: User) -> list[Role]:
    """The roles that awork tells, or told last."""
    try:
        return roles.known(user)
    except SignInExpired:
        raise
    except AworkError:
        return roles.seen_last(user.workspace_id)


def _preview(request: SignedIn, desk: Desk, form: PolicyForm, *, note: Promise | str = "") -> HttpResponse:
    """What the draft would change, and whom it would have refused; nothing is saved."""
    if not form.is_valid():
        return _page(request, desk, form, status=422)
    rules = form.rules(desk.current.rules)
    changed = changes(desk.current.rules, rules)
    context = {
        "previewed": True,
        "note": note,
        "changes": changed,
        "next": desk.current.number + 1,
        "replay": replay(request.user.workspace_id, rules) if changed else None,
    }
    shown = desk.shown(rules, stamp(rules, desk.current.number))
    return _page(request, desk, shown, status=422 if note else 200, **context)


def _page(
    request: SignedIn, desk: Desk, form: PolicyForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    versions = PolicyVersion.objects.filter(workspace=request.user.workspace_id)
    context |= {
        "form": form,
        "awork_is_away": not desk.projects.fresh,
        "versions": versions.select_related("saved_by").order_by("-number")[:HISTORY],
    }
    return page(request, "invites/policy.html", context, status=status)
