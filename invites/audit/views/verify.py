"""`/audit/verify/`: verify the chains now, as the command does."""

from dataclasses import replace

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from invites.audit import delivery, verify
from portal import actor
from portal.accounts.permissions import auditor_required
from portal.actor import PORTAL_WORKSPACE
from portal.locks import LockBusy, named_lock
from portal.web import rate_limits
from portal.web.htmx import SignedInRequest, post_only

LONGEST = 900  # seconds; a million events take about 90


@auditor_required
@post_only(at="audit")
def verify_now(request: SignedInRequest) -> HttpResponseBase:
    """Verify the chains of the reader's workspace and of the portal; one run at a time."""
    who, workspace = actor.for_request(request), request.user.workspace_id
    rate_limits.hit(rate_limits.EXPORT, by=who)  # costs as much as an export
    there = set(verify.workspaces())
    try:
        with named_lock(f"verify:{workspace}", seconds=LONGEST, wait=0):
            for chain in (one for one in (PORTAL_WORKSPACE, workspace) if one in there):
                result = verify.verify(chain, [])
                with delivery.unpublished():
                    verify.record_verification(result, by=replace(who, workspace=chain))
    except LockBusy:
        return redirect(reverse("audit", query={"busy": "1"}))
    return redirect("audit")
