"""`/policy/`: edit the policy with a preview before saving, and see its versions."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from invites.lookup import projects, roles
from invites.lookup.awork import AworkLookup
from invites.models import PolicyVersion
from invites.policy.describe import describe, diff
from invites.policy.form import PolicyChoices, PolicyForm, initial_values, preview_token
from invites.policy.rules import Policy, Rules, load
from invites.policy.simulate import simulate
from invites.policy.versions import VersionConflict, current_policy, restored_number, save_version
from portal import actor
from portal.accounts.permissions import administrator_required
from portal.awork.errors import AworkError, SignInExpired
from portal.awork.schemas import Role
from portal.models import User
from portal.web import form_recovery
from portal.web.htmx import SignedInRequest, render_page

MAX_VERSIONS = 100  # listed; older ones are linked from each version
EDITED = _("The form was edited after its preview. Nothing was saved: check the preview below first.")
CONFLICT = _(
    "Another version was saved after your preview. Nothing was saved: your changes are now compared "
    "with that version."
)


@dataclass(frozen=True)
class PolicyPage:
    """What the page needs to edit a policy."""

    user: User
    current: Policy

    @classmethod
    def load(cls, user: User) -> "PolicyPage":
        """The page for this administrator, with the current policy."""
        return cls(user, current_policy(user.workspace_id))

    @cached_property
    def projects(self) -> projects.ProjectList:
        """The projects that this user can see."""
        return projects.list_projects(AworkLookup(self.user))

    @cached_property
    def choices(self) -> PolicyChoices:
        """The roles and projects to list."""
        offered = [role for role in _roles(self.user) if role.is_assignable]
        return PolicyChoices.build(offered, self.projects.projects, self.current.rules)

    def form(self, typed: QueryDict) -> PolicyForm:
        """The form with the user's input."""
        return PolicyForm(typed, self.choices, initial={})

    def form_for(self, rules: Rules, previewed: str = "") -> PolicyForm:
        """The form filled in with these rules."""
        return PolicyForm(
            None, self.choices, initial=initial_values(rules, self.choices) | {"previewed": previewed}
        )


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_required
def policy(request: SignedInRequest) -> HttpResponse:
    """The form with the current policy; a POST previews the input."""
    page = PolicyPage.load(request.user)
    typed = request.POST if request.method == "POST" else form_recovery.pop(request)
    if typed is None:
        return _render(request, page, page.form_for(page.current.rules))
    return _preview(request, page, page.form(typed))


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_required
def save(request: SignedInRequest) -> HttpResponseBase:
    """Save exactly what was previewed, or show another preview."""
    page = PolicyPage.load(request.user)
    if request.method != "POST":  # after signing in again
        typed = form_recovery.pop(request)
        return redirect("policy") if typed is None else _preview(request, page, page.form(typed))
    form = page.form(request.POST)
    if not form.is_valid():
        return _preview(request, page, form)
    rules, number = form.rules(page.current.rules), page.current.number
    previewed = form.cleaned_data["previewed"]
    if previewed != preview_token(rules, number) or not diff(page.current.rules, rules):
        overtaken = previewed and not previewed.startswith(f"{number}:")
        return _preview(request, page, form, note=CONFLICT if overtaken else EDITED)
    try:
        saved = save_version(rules, after=number, saved_by=request.user, by=actor.for_request(request))
    except VersionConflict:
        page = PolicyPage.load(request.user)
        return _preview(request, page, page.form(request.POST), note=CONFLICT)
    messages.success(request, _saved_text(saved))
    return redirect(saved)


def _saved_text(saved: PolicyVersion) -> str:
    restored = restored_number(saved)
    if restored:
        text = _("Version %(number)s is saved and applies from now on. It restores version %(restored)s.")
        return text % {"number": saved.number, "restored": restored}
    return _("Version %(number)s is saved and applies from now on.") % {"number": saved.number}


@require_safe
@administrator_required
def restore(request: SignedInRequest, number: int) -> HttpResponse:
    """The form filled in with an earlier version, and the preview of saving it as a new one."""
    saved = get_object_or_404(PolicyVersion, workspace=request.user.workspace_id, number=number)
    return _preview_rules(request, PolicyPage.load(request.user), load(saved.values))


@require_safe
@administrator_required
def version(request: SignedInRequest, number: int) -> HttpResponse:
    """One saved version."""
    versions = PolicyVersion.objects.filter(workspace=request.user.workspace_id)
    saved = get_object_or_404(versions.select_related("saved_by"), number=number)
    context = {
        "version": saved,
        "terms": describe(load(saved.values)),
        "newer": versions.filter(number=number + 1).first(),
        "older": versions.filter(number=number - 1).first(),
    }
    return render_page(request, "invites/policy_version.html", context)


def _roles(user: User) -> list[Role]:
    """The roles from awork, or as last read where awork fails."""
    try:
        return roles.workspace_roles(user)
    except SignInExpired:
        raise
    except AworkError:
        return roles.stored_roles(user.workspace_id)


def _preview(
    request: SignedInRequest, page: PolicyPage, form: PolicyForm, *, note: Promise | str = ""
) -> HttpResponse:
    """Show what the input would change, and which past invitations only it would have denied."""
    if not form.is_valid():
        return _render(request, page, form, status=422)
    return _preview_rules(request, page, form.rules(page.current.rules), note=note)


def _preview_rules(
    request: SignedInRequest, page: PolicyPage, rules: Rules, *, note: Promise | str = ""
) -> HttpResponse:
    current = page.current
    changed = diff(current.rules, rules)
    context = {
        "previewed": True,
        "note": note,
        "changes": changed,
        "changes_ends": (rules.at_end, rules.end_terms) != (current.rules.at_end, current.rules.end_terms),
        "next": current.number + 1,
        "simulation": simulate(request.user.workspace_id, rules, current.rules) if changed else None,
    }
    shown = page.form_for(rules, preview_token(rules, current.number))
    return _render(request, page, shown, status=422 if note else 200, **context)


def _render(
    request: SignedInRequest, page: PolicyPage, form: PolicyForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    versions = PolicyVersion.objects.filter(workspace=request.user.workspace_id)
    context |= {
        "form": form,
        "awork_unavailable": not page.projects.is_current,
        "versions": versions.select_related("saved_by").order_by("-number")[:MAX_VERSIONS],
    }
    return render_page(request, "invites/policy.html", context, status=status)
