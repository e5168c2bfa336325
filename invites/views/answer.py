"""`/invite/<id>/`: the answer to *Send invitation*."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_htmx.http import push_url

from invites.models import Invitation, State
from invites.preview import missing
from invites.reasons import PORTAL, explain
from portal.access import inviter
from portal.page import SignedIn, page

TONES = {State.SENT: "success", State.UNCLEAR: "warning", State.REQUESTED: "info"}


@never_cache
@require_safe
@inviter
def answer(request: SignedIn, invitation_id: UUID) -> HttpResponse:
    """What is known of one's own invitation now, and what can be done next."""
    invitation = get_object_or_404(Invitation, id=invitation_id, inviter=request.user)
    response = page(request, "invites/answer.html", known(invitation), fragment="invites/_answer.html")
    return push_url(response, request.path)


def known(invitation: Invitation) -> dict[str, Any]:
    """What the templates need to tell how an invitation went, and to offer the next step."""
    return {
        "invitation": invitation,
        "code": "" if invitation.reason in PORTAL else invitation.reason,
        "reason": explain(invitation.reason) if invitation.reason else None,
        "tone": TONES.get(State(invitation.state), "danger"),
        "missing": missing(invitation),
        "another": _fields(invitation, "task", "role"),
        "again": fields_of(invitation),
    }


def fields_of(invitation: Invitation) -> QueryDict:
    """The form as it was filled in for this invitation."""
    fields = _fields(invitation, "task", "role", "email", "first_name", "last_name", "gender")
    fields["keep_team"] = "on" if invitation.keep_team else "off"
    return fields


def _fields(invitation: Invitation, *names: str) -> QueryDict:
    """The form's fields, filled as they were for this invitation."""
    said = {"task": str(invitation.task_id), "role": str(invitation.role_id)}
    fields = QueryDict(mutable=True)
    for name in names:
        fields[name] = said.get(name) or getattr(invitation, name)
    return fields
