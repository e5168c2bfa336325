"""`/invite/<id>/`: the answer to *Send invitation*."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_htmx.http import push_url

from invites.messages import message_for
from invites.models import Invitation, Reason, State
from invites.preview import missing_names
from portal.accounts.permissions import inviter_required
from portal.web.htmx import SignedInRequest, render_page

TONES = {State.SENT: "success", State.UNCLEAR: "warning", State.REQUESTED: "info"}


@never_cache
@require_safe
@inviter_required
def result(request: SignedInRequest, invitation_id: UUID) -> HttpResponse:
    """What is known of one's own invitation now, and what can be done next."""
    invitation = get_object_or_404(Invitation, id=invitation_id, inviter=request.user)
    response = render_page(
        request, "invites/result.html", outcome_context(invitation), fragment="invites/_result.html"
    )
    return push_url(response, request.path)


def outcome_context(invitation: Invitation) -> dict[str, Any]:
    """What the templates need to tell how an invitation went, and to offer the next step."""
    return {
        "invitation": invitation,
        "code": "" if invitation.reason in Reason.values else invitation.reason,
        "reason": message_for(invitation.reason) if invitation.reason else None,
        "tone": TONES.get(State(invitation.state), "danger"),
        "missing": missing_names(invitation),
        "another": _fields(invitation, "task", "role"),
        "again": form_data(invitation),
    }


def form_data(invitation: Invitation) -> QueryDict:
    """The form as it was filled in for this invitation."""
    fields = _fields(invitation, "task", "role", "email", "first_name", "last_name", "gender")
    fields["keep_assignees"] = "on" if invitation.keep_assignees else "off"
    return fields


def _fields(invitation: Invitation, *names: str) -> QueryDict:
    """The form's fields, filled as they were for this invitation."""
    said = {"task": str(invitation.task_id), "role": str(invitation.role_id)}
    fields = QueryDict(mutable=True)
    for name in names:
        fields[name] = said.get(name) or getattr(invitation, name)
    return fields
