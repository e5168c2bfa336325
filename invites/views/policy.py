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

from invites.lookup import projects, roles
from invites.lookup.awork import AworkLookup
from invites.models import PolicyVersion
from invites.policy.describe import describe, diff
from invites.policy.form import PolicyChoices, PolicyForm, initial_values, preview_token
from invites.policy.rules import Policy, Rules, load
from invites.policy.simulate import simulate
from invites.policy.versions import VersionConflict, current_policy, save_version
from portal import actor
from portal.accounts.permissions import administrator_required
from portal.awork.errors import AworkError, SignInExpired
from portal.awork.schemas import Role
from portal.models import User
from portal.web import form_recovery
from portal.web.htmx import SignedInRequest, render_page

MAX_VERSIONS = 100  # versions listed; each leads to the one before
EDITED = _("The form was edited after its preview. Nothing was saved: look at the preview below first.")
CONFLICT = _(
    "Somebody saved another version after your preview. Nothing was saved: what you entered is compared "
    "with that version now."
)


@dataclass(frozen=True)
class PolicyPage:
    """What a policy is made from: the person, what holds now, and what awork tells."""

    user: User
    current: Policy

    @classmethod
    def of(cls, user: User) -> "PolicyPage":
        """The desk of this administrator, at this moment."""
        return cls(user, current_policy(user.workspace_id))

    @cached_property
    def projects(self) -> projects.ProjectList:
        """The projects as the person sees them."""
        return projects.list_projects(AworkLookup(self.user))

    @cached_property
    def choices(self) -> PolicyChoices:
        """What can be ticked."""
        offered = [role for role in _roles(self.user) if role.is_assignable]
        return PolicyChoices.of(offered, self.projects.projects, self.current.rules)

    def form(self, typed: QueryDict) -> PolicyForm:
        """The form as somebody filled it in."""
        return PolicyForm(typed, self.choices, initial={})

    def shown(self, rules: Rules, previewed: str = "") -> PolicyForm:
        """The form as these rules fill it in."""
        return PolicyForm(
            None, self.choices, initial=initial_values(rules, self.choices) | {"previewed": previewed}
        )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@administrator_required
def policy(request: SignedInRequest) -> HttpResponse:
    """The form as the last version fills it in; a POST previews what was entered."""
    desk = PolicyPage.of(request.user)
    typed = request.POST if request.method == "POST" else form_recovery.pop(request)
    if typed is None:
        return _page(request, desk, desk.shown(desk.current.rules))
    return _preview(request, desk, desk.form(typed))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@administrator_required
def save(request: SignedInRequest) -> HttpResponseBase:
    """Save exactly what was previewed, or show the preview of what would be saved instead."""
    desk = PolicyPage.of(request.user)
    if request.method != "POST":  # the way back from a sign-in
        typed = form_recovery.pop(request)
        return redirect("policy") if typed is None else _preview(request, desk, desk.form(typed))
    form = desk.form(request.POST)
    if not form.is_valid():
        return _preview(request, desk, form)
    rules, number = form.rules(desk.current.rules), desk.current.number
    previewed = form.cleaned_data["previewed"]
    if previewed != preview_token(rules, number) or not diff(desk.current.rules, rules):
        overtaken = previewed and not previewed.startswith(f"{number}:")
        return _preview(request, desk, form, note=CONFLICT if overtaken else EDITED)
    try:
        saved = save_version(rules, after=number, saved_by=request.user, by=actor.for_request(request))
    except VersionConflict:
        desk = PolicyPage.of(request.user)
        return _preview(request, desk, desk.form(request.POST), note=CONFLICT)
    return redirect(saved)


@never_cache
@require_safe
@administrator_required
def version(request: SignedInRequest, number: int) -> HttpResponse:
    """One version as it was saved."""
    versions = PolicyVersion.objects.filter(workspace=request.user.workspace_id)
    found = get_object_or_404(versions.select_related("saved_by"), number=number)
    context = {
        "version": found,
        "terms": describe(load(found.rules)),
        "newer": versions.filter(number=number + 1).first(),
        "older": versions.filter(number=number - 1).first(),
    }
    return render_page(request, "invites/policy_version.html", context)


def _roles(user: User) -> list[Role]:
    """The roles that awork tells, or told last."""
    try:
        return roles.workspace_roles(user)
    except SignInExpired:
        raise
    except AworkError:
        return roles.stored_roles(user.workspace_id)


def _preview(
    request: SignedInRequest, desk: PolicyPage, form: PolicyForm, *, note: Promise | str = ""
) -> HttpResponse:
    """What the draft would change, and whom it would have refused; nothing is saved."""
    if not form.is_valid():
        return _page(request, desk, form, status=422)
    rules = form.rules(desk.current.rules)
    changed = diff(desk.current.rules, rules)
    context = {
        "previewed": True,
        "note": note,
        "changes": changed,
        "next": desk.current.number + 1,
        "replay": simulate(request.user.workspace_id, rules) if changed else None,
    }
    shown = desk.shown(rules, preview_token(rules, desk.current.number))
    return _page(request, desk, shown, status=422 if note else 200, **context)


def _page(
    request: SignedInRequest, desk: PolicyPage, form: PolicyForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    versions = PolicyVersion.objects.filter(workspace=request.user.workspace_id)
    context |= {
        "form": form,
        "awork_is_away": not desk.projects.is_current,
        "versions": versions.select_related("saved_by").order_by("-number")[:MAX_VERSIONS],
    }
    return render_page(request, "invites/policy.html", context, status=status)
