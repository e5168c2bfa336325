"""`/people/`: who is what in this portal, and what those will be who have not signed in yet."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from invites.forms import EmailField
from portal import actor, people
from portal.access import administrator
from portal.models import Expected, User
from portal.page import SignedIn, acts, page
from portal.rights import PortalRole

SIZE = 50
PROBLEMS = {
    "own": _("Nobody changes their own role. Ask another administrator."),
    "last": _("This is the last administrator. Make somebody else an administrator first."),
}


class RoleForm(forms.Form):
    """What somebody is to be."""

    role = forms.ChoiceField(label=_("Role"), choices=PortalRole.choices)


class ExpectForm(forms.Form):
    """What somebody will be at their first sign-in."""

    email = EmailField(label=_("E-mail"))
    role = forms.ChoiceField(
        label=_("Role"), choices=[(role.value, role.label) for role in people.BEFOREHAND]
    )


@require_safe
@never_cache
@administrator
def members(request: SignedIn) -> HttpResponseBase:
    """Everybody who has signed in, by name, and those who are expected."""
    return _page(request, ExpectForm(use_required_attribute=False))


@administrator
@acts(at="people", alone=True)
def change_role(request: SignedIn, awork_id: UUID) -> HttpResponseBase:
    """Make a member something else."""
    user = get_object_or_404(User, workspace=request.user.workspace_id, awork_id=awork_id)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return redirect("people")
    role, who = PortalRole(form.cleaned_data["role"]), actor.of(request)
    try:
        people.change_role(user, role, by=request.user, acting=who)
    except people.OwnRole:
        return _refused("own")
    except people.LastAdministrator:
        return _refused("last")
    except people.NoAdministrator:
        raise PermissionDenied from None
    return redirect("people")


@administrator
@acts(at="people", alone=True)
def expect(request: SignedIn) -> HttpResponseBase:
    """Say beforehand what an address will be."""
    form = ExpectForm(request.POST, use_required_attribute=False)
    if form.is_valid():
        email, role = form.cleaned_data["email"], PortalRole(form.cleaned_data["role"])
        try:
            people.expect(request.user.workspace, email, role, acting=actor.of(request))
        except people.AlreadyHere as problem:
            said = _("%(name)s has signed in already. Change the role in the list.")
            form.add_error("email", said % {"name": problem.user.name})
        else:
            return redirect("people")
    return _page(request, form, status=422)


@administrator
@acts(at="people", alone=True)
def expect_no_more(request: SignedIn, expected_id: int) -> HttpResponseBase:
    """Take back what was said of an address."""
    expected = get_object_or_404(Expected, workspace=request.user.workspace_id, pk=expected_id)
    people.expect_no_more(expected, acting=actor.of(request))
    return redirect("people")


def _refused(problem: str) -> HttpResponseBase:
    return redirect(reverse("people", query={"problem": problem}))


def _page(request: SignedIn, form: ExpectForm, *, status: int = 200) -> HttpResponseBase:
    words = request.GET.get("q", "").strip()[:200]
    shown = Paginator(_members(request.user, words), SIZE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "members": shown,
        "q": words,
        "roles": PortalRole.choices,
        "form": form,
        "expected": Expected.objects.filter(workspace=request.user.workspace_id).order_by("email"),
        "problem": PROBLEMS.get(request.GET.get("problem", "")),
    }
    return page(request, "invites/people.html", context, status=status)


def _members(reader: User, words: str) -> QuerySet[User]:
    found = User.objects.filter(workspace=reader.workspace_id)
    for word in words.replace("\0", "").split()[:8]:
        found = found.filter(
            Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(email__icontains=word)
        )
    return found.annotate(sent=Count("invitations")).order_by("first_name", "last_name", "id")
