"""`/attention/`: what needs the attention of a person, each line with what settles it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from invites.attention import registry
from invites.attention.guests import just_joined
from invites.attention.invitations import dismiss
from invites.models import Invitation
from portal import actor
from portal.accounts.permissions import inviter_required, member_required
from portal.web.htmx import SignedInRequest, post_only, render_page


@require_safe
@member_required
def attention(request: SignedInRequest) -> HttpResponse:
    """All kinds of items that there are now."""
    counted = registry.counts(request.user)
    context = {
        "groups": list(registry.groups(request.user, counted)),
        "attention_counts": counted,
        "joined": just_joined(request.user),
    }
    return render_page(request, "attention/attention.html", context)


@inviter_required
@post_only(at="invitation")
def dismiss_invitation(request: SignedInRequest, invitation_id: UUID) -> HttpResponseBase:
    """Let an invitation need no attention until its outcome changes."""
    found = get_object_or_404(Invitation.visible_to(request.user), id=invitation_id)
    if dismiss(found, by=actor.for_request(request)):
        text = _("Dismissed: %(guest)s, invited to %(task)s")
        task = found.task_key or found.task_name
        messages.success(request, text % {"guest": found.guest_name, "task": task})
    return redirect("attention")
