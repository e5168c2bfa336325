"""`/invitations/`: your own invitations, or those of the workspace."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django_htmx.http import push_url

from invites.batches.progress import Progress, counts_of
from invites.filters import BY_GUEST, BY_GUEST_DOWN, NEWEST, OLDEST, InvitationFilter
from invites.models import Guest, Invitation, State
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


@dataclass(frozen=True)
class Entry:
    """An invitation, or in its place the batch that it is the first line of."""

    invitation: Invitation
    batch: Progress | None = None
    guest: Guest | None = None  # of one that was sent


@require_safe
@member_required
def invitations(request: SignedInRequest) -> HttpResponse:
    """One page of the invitations that this user may see; filters, order and position are in the URL.

    A batch is one entry, unless the list is filtered: see `InvitationFilter.groups_batches`.
    """
    filters = InvitationFilter(request.GET, request.user)
    paginator = PAGES[filters.order]
    shown = paginator.page(filters.entries().select_related("inviter", "batch"), request.GET.dict())
    above, below = paginator.parameters
    turned = [(name, request.GET[name]) for name in (OLDER, NEWER) if name in request.GET]
    context = {
        "filters": filters,
        "summary": Summary(filters),
        "entries": _entries(shown.rows, groups_batches=filters.groups_batches),
        "newer": filters.url((above, shown.newer)),
        "older": filters.url((below, shown.older)),
        "pager_labels": PAGER_LABELS.get(filters.order, (_("Previous"), _("Next"))),
        "turned": turned,
    }
    fragment = FRAGMENTS.get(request.htmx.target or "", "invites/_invitations.html")
    response = render_page(request, "invites/invitations.html", context, fragment=fragment)
    return push_url(response, filters.url(*turned))


def _entries(rows: list[Invitation], *, groups_batches: bool) -> list[Entry]:
    batches = {row.batch_id for row in rows if row.batch_id} if groups_batches else set()
    counts = counts_of(batches) if batches else {}
    guests = Guest.of_invitations([row for row in rows if not (row.batch_id and groups_batches)])
    return [
        Entry(
            row,
            Progress(row.batch, counts[row.batch.pk]) if row.batch and groups_batches else None,
            guests.get(row.email_key) if row.state == State.SENT else None,
        )
        for row in rows
    ]
