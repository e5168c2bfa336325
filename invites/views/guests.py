"""`/guests/`: the guests that you invited or sponsor, or those of the workspace."""

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django_htmx.http import push_url

from invites.guests.filters import BY_NAME, BY_NAME_DOWN, NEWEST, OLDEST, GuestFilter
from invites.guests.summary import Summary
from invites.models import Guest
from portal.accounts.permissions import member_required
from portal.web.htmx import SignedInRequest, render_page
from portal.web.pagination import NEWER, OLDER, KeysetPaginator

SIZE = 30
PAGES: dict[str, KeysetPaginator[Guest]] = {
    NEWEST: KeysetPaginator(("invited_at", "id"), SIZE),
    OLDEST: KeysetPaginator(("invited_at", "id"), SIZE, descending=False),
    BY_NAME: KeysetPaginator(("sort_name", "id"), SIZE, descending=False),
    BY_NAME_DOWN: KeysetPaginator(("sort_name", "id"), SIZE),
}
PAGER_LABELS = {NEWEST: (_("Newer"), _("Older")), OLDEST: (_("Older"), _("Newer"))}
FRAGMENTS = {"list": "guests/_list.html"}


@require_safe
@member_required
def guests(request: SignedInRequest) -> HttpResponse:
    """One page of the guests that this user may see; filters, order and position are in the URL."""
    filters = GuestFilter(request.GET, request.user)
    paginator = PAGES[filters.order]
    shown = paginator.page(filters.narrow().select_related("invitation", "sponsor"), request.GET.dict())
    above, below = paginator.parameters
    turned = [(name, request.GET[name]) for name in (OLDER, NEWER) if name in request.GET]
    context = {
        "filters": filters,
        "summary": Summary(filters),
        "guests": shown.rows,
        "newer": filters.url((above, shown.newer)),
        "older": filters.url((below, shown.older)),
        "pager_labels": PAGER_LABELS.get(filters.order, (_("Previous"), _("Next"))),
        "turned": turned,
    }
    fragment = FRAGMENTS.get(request.htmx.target or "", "guests/_guests.html")
    response = render_page(request, "guests/guests.html", context, fragment=fragment)
    return push_url(response, filters.url(*turned))
