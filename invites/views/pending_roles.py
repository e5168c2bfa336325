"""A desk role set before the first sign-in: remove it, or confirm or reject it for who has signed in."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from portal import actor
from portal.accounts import pending_roles
from portal.accounts.members import NotAdministrator
from portal.accounts.permissions import administrator_required
from portal.models import PendingRole, User
from portal.roles import DeskRole
from portal.web.htmx import SignedInRequest, post_only


@administrator_required
@post_only(at="members", alone=True)
def remove(request: SignedInRequest, pending_role_id: int) -> HttpResponseBase:
    """Remove a role that nobody has signed in for."""
    pending = get_object_or_404(PendingRole, pk=pending_role_id, workspace=request.user.workspace_id)
    if pending_roles.remove_pending_role(pending, acting=actor.for_request(request)):
        text = _("The desk role of %(email)s was removed.")
        messages.success(request, text % {"email": pending.email})
    return redirect("members")


@administrator_required
@post_only(at="members", alone=True)
def confirm(request: SignedInRequest, awork_id: UUID) -> HttpResponseBase:
    """Assign the role to the person who signed in."""
    return _decide(request, awork_id, pending_roles.confirm, _("%(name)s now has the desk role %(role)s."))


@administrator_required
@post_only(at="members", alone=True)
def reject(request: SignedInRequest, awork_id: UUID) -> HttpResponseBase:
    """Discard the role; the person keeps the one they have."""
    text = _("%(name)s doesn't become %(role)s.")
    return _decide(request, awork_id, pending_roles.reject, text)


def _decide(
    request: SignedInRequest, awork_id: UUID, decision: Callable[..., bool], done: str
) -> HttpResponseBase:
    member = get_object_or_404(User, awork_id=awork_id, workspace=request.user.workspace_id)
    pending = PendingRole.objects.filter(user=member).first()  # None once it is decided
    try:
        if pending and decision(pending, by=request.user, acting=actor.for_request(request)):
            role = DeskRole(pending.role).label
            messages.success(request, done % {"name": member.name, "role": role})
            return redirect("members")
    except NotAdministrator:
        raise PermissionDenied from None
    return redirect(reverse("members", query={"problem": "decided"}))
