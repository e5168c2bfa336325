"""`/members/`: the desk roles of members, and pending roles for their first sign-in."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from portal import actor, search
from portal.accounts import members, pending_roles
from portal.accounts.permissions import administrator_required
from portal.models import PendingRole, User
from portal.roles import DeskRole
from portal.web.fields import EmailField
from portal.web.filters import FilterForm
from portal.web.htmx import SignedInRequest, post_only, render_page
from portal.web.pagination import NEWER, OLDER, KeysetPaginator

PAGES: KeysetPaginator[User] = KeysetPaginator(("search_text", "id"), descending=False)
PROBLEMS = {
    "own": _("You cannot change your own role. Ask another administrator."),
    "decided": _("This desk role was already confirmed or rejected."),
    "last": _("This is the last administrator. Make another member an administrator first."),
}


class MemberFilter(FilterForm):
    """The filter of the members."""

    url_name = "members"
    other_parameters = FilterForm.other_parameters | {"problem"}

    q = forms.CharField(label=_("Name or e-mail"), max_length=200, required=False)


class RoleForm(forms.Form):
    """The new desk role of a member."""

    role = forms.ChoiceField(label=_("Desk role"), choices=DeskRole.choices)


class PendingRoleForm(forms.Form):
    """The desk role that an address gets at its first sign-in."""

    email = EmailField(label=_("E-mail"))
    role = forms.ChoiceField(
        label=_("Desk role"),
        choices=[(role.value, role.label) for role in pending_roles.ASSIGNABLE_IN_ADVANCE],
    )


@require_safe
@administrator_required
def member_list(request: SignedInRequest) -> HttpResponseBase:
    """The members by name, the pending roles, and those that wait for confirmation."""
    return _page(request, PendingRoleForm(use_required_attribute=False))


@administrator_required
@post_only(at="members", alone=True)
def change_role(request: SignedInRequest, awork_id: UUID) -> HttpResponseBase:
    """Change the desk role of a member."""
    user = get_object_or_404(User, workspace=request.user.workspace_id, awork_id=awork_id)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return redirect("members")
    role, by = DeskRole(form.cleaned_data["role"]), actor.for_request(request)
    try:
        members.change_role(user, role, by=request.user, acting=by)
    except members.OwnRole:
        return _refused("own")
    except members.LastAdministrator:
        return _refused("last")
    except members.NotAdministrator:
        raise PermissionDenied from None
    text = _("%(name)s now has the desk role %(role)s.")
    messages.success(request, text % {"name": user.name, "role": role.label})
    return redirect("members")


@administrator_required
@post_only(at="members", alone=True)
def set_pending_role(request: SignedInRequest) -> HttpResponseBase:
    """Set the pending role of an address."""
    form = PendingRoleForm(request.POST, use_required_attribute=False)
    if form.is_valid():
        email, role = form.cleaned_data["email"], DeskRole(form.cleaned_data["role"])
        try:
            pending_roles.set_pending_role(
                request.user.workspace, email, role, acting=actor.for_request(request)
            )
        except pending_roles.AlreadyMember as problem:
            text = _("%(name)s has already signed in. Change the role in the list.")
            form.add_error("email", text % {"name": problem.user.name})
        else:
            text = _("%(email)s gets the desk role %(role)s at the first sign-in.")
            messages.success(request, text % {"email": email, "role": role.label})
            return redirect("members")
    return _page(request, form, status=422)


def _refused(problem: str) -> HttpResponseBase:
    return redirect(reverse("members", query={"problem": problem}))


def _page(request: SignedInRequest, form: PendingRoleForm, *, status: int = 200) -> HttpResponseBase:
    filters = MemberFilter(request.GET)
    shown = PAGES.page(_members(request.user, filters.active.get("q", "")), request.GET.dict())
    pending = (
        PendingRole.objects.filter(workspace=request.user.workspace_id)
        .select_related("user")
        .order_by("email")
    )
    context: dict[str, Any] = {
        "members": shown.rows,
        "previous": filters.url((OLDER, shown.newer)),
        "next": filters.url((NEWER, shown.older)),
        "filters": filters,
        "roles": DeskRole.choices,
        "form": form,
        "pending_roles": [one for one in pending if not one.user],
        "waiting_roles": [one for one in pending if one.user],
        "problem": PROBLEMS.get(request.GET.get("problem", "")),
    }
    return render_page(request, "invites/members.html", context, status=status)


def _members(reader: User, words: str) -> QuerySet[User]:
    found = search.matching(User.objects.filter(workspace=reader.workspace_id), words)
    return found.annotate(sent=Count("invitations"))
