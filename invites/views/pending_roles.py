"""`/members/pending-roles/<id>/…`: remove, confirm or reject a desk role set before the first sign-in."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from portal import actor
from portal.accounts import pending_roles
from portal.accounts.members import NotAdministrator
from portal.accounts.permissions import administrator_required
from portal.models import PendingRole
from portal.web.htmx import SignedInRequest, post_only


@administrator_required
@post_only(at="members", alone=True)
def remove(request: SignedInRequest, pending_role_id: int) -> HttpResponseBase:
    """Remove a role that nobody has signed in for."""
    pending = _pending_role(request, pending_role_id)
    if pending:
        pending_roles.remove_pending_role(pending, acting=actor.for_request(request))
    return redirect("members")


@administrator_required
@post_only(at="members", alone=True)
def confirm(request: SignedInRequest, pending_role_id: int) -> HttpResponseBase:
    """Assign the role to the person who signed in."""
    return _decide(request, pending_role_id, pending_roles.confirm)


@administrator_required
@post_only(at="members", alone=True)
def reject(request: SignedInRequest, pending_role_id: int) -> HttpResponseBase:
    """Discard the role; the person keeps the one they have."""
    return _decide(request, pending_role_id, pending_roles.reject)


def _decide(
    request: SignedInRequest, pending_role_id: int, decision: Callable[..., bool]
) -> HttpResponseBase:
    pending = _pending_role(request, pending_role_id)
    try:
        if pending and decision(pending, by=request.user, acting=actor.for_request(request)):
            return redirect("members")
    except NotAdministrator:
        raise PermissionDenied from None
    return redirect(reverse("members", query={"problem": "decided"}))


def _pending_role(request: SignedInRequest, pending_role_id: int) -> PendingRole | None:
    """The pending role; None if it is gone, as after pressing twice."""
    pending = PendingRole.objects.filter(pk=pending_role_id).first()
    if pending and pending.workspace_id != request.user.workspace_id:
        raise Http404
    return pending
