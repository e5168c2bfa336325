"""`/invitations/`: your own invitations, or those of the workspace."""

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_htmx.http import push_url

from invites.filters import BY_GUEST, BY_GUEST_DOWN, NEWEST, OLDEST, InvitationFilter
from invites.models import Invitation
from invites.summary import Summary
from portal.accounts.permissions import member_required
from portal.web.htmx import SignedInRequest, render_page
from portal.web.pagination import NEWER, OLDER, KeysetPaginator

SIZE = 30
PAGES: dict[str, KeysetPaginator[Invitation]] = {
    NEWEST: KeysetPaginator(("created_at", "id"), SIZE),
    OLDEST: KeysetPaginator(("created_at", "id"), SIZE, descending=False),
    BY_GUEST: KeysetPaginator(("sort_name", "id"), SIZE, descending=False),
    BY_GUEST_DOWN: KeysetPaginator(("sort_name", "id"), SIZE),
}
PAGER_LABELS = {NEWEST: (_("Newer"), _("Older")), OLDEST: (_("Older"), _("Newer"))}
LIST = "list"  # the id of what sorting and paging swap: the rest of the page stays as it is
FRAGMENTS = {LIST: "invites/_invitation_list.html"}


@never_cache
@require_safe
@member_required
def invitations(request: SignedInRequest) -> HttpResponse:
    """One page of the invitations that this user may see; filters, order and position are in the URL."""
    filters = InvitationFilter(request.GET, request.user)
    paginator = PAGES[filters.order]
    shown = paginator.page(filters.narrow().select_related("inviter"), request.GET.dict())
    above, below = paginator.parameters
    turned = [(name, request.GET[name]) for name in (OLDER, NEWER) if name in request.GET]
    context = {
        "filters": filters,
        "summary": Summary(filters),
        "invitations": shown.rows,
        "newer": filters.url((above, shown.newer)),
        "older": filters.url((below, shown.older)),
        "pager_labels": PAGER_LABELS.get(filters.order, (_("Previous"), _("Next"))),
        "turned": turned,
    }
    fragment = FRAGMENTS.get(request.htmx.target or "", "invites/_invitations.html")
    response = render_page(request, "invites/invitations.html", context, fragment=fragment)
    return push_url(response, filters.url(*turned))
