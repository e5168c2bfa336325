"""`/invitations/`: your own invitations, or those of the workspace, newest first."""

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_htmx.http import push_url

from invites.filters import InvitationFilter
from invites.models import Invitation
from portal.accounts.permissions import member_required
from portal.web.htmx import SignedInRequest, render_page
from portal.web.pagination import NEWER, OLDER, KeysetPaginator

PAGES: KeysetPaginator[Invitation] = KeysetPaginator(fields=("created_at", "id"), size=30)


@never_cache
@require_safe
@member_required
def invitations(request: SignedInRequest) -> HttpResponse:
    """One page of the invitations that this user may see; filters and position are in the URL."""
    filters = InvitationFilter(request.GET, request.user)
    shown = PAGES.page(filters.narrow().select_related("inviter"), request.GET.dict())
    turned = [(name, request.GET[name]) for name in (OLDER, NEWER) if name in request.GET]
    context = {
        "filters": filters,
        "invitations": shown.rows,
        "newer": filters.url((NEWER, shown.newer)),
        "older": filters.url((OLDER, shown.older)),
        "turned": turned,
    }
    response = render_page(request, "invites/invitations.html", context, fragment="invites/_invitations.html")
    return push_url(response, filters.url(*turned))
