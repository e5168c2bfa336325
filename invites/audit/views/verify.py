"""`/audit/verify/`: walk the chains now, as the command does, and show the result."""

from dataclasses import replace

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from invites.audit import verdict, verify
from portal import actor, limits
from portal.access import auditor
from portal.actor import PORTAL
from portal.claims import Busy, claim
from portal.page import SignedIn, acts

LONGEST = 900  # seconds; a million events take about 20


@auditor
@acts(at="audit")
def verify_now(request: SignedIn) -> HttpResponseBase:
    """Verify the reader's workspace and the portal as a whole; one walk at a time."""
    who, workspace = actor.of(request), request.user.workspace_id
    limits.spend(limits.EXPORT, by=who)  # a walk costs as much
    there = set(verify.workspaces())
    try:
        with claim(f"verify:{workspace}", seconds=LONGEST, wait=0):
            for chain in (one for one in (PORTAL, workspace) if one in there):
                verdict.keep(verify.verify(chain, []), by=replace(who, workspace=chain))
    except Busy:
        return redirect(reverse("audit", query={"busy": "1"}))
    return redirect("audit")
