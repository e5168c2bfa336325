"""`/batches/`: your own batches, or those of the workspace."""

from collections import Counter

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from invites.batches.progress import Progress, counts_of
from invites.models import Batch
from portal.accounts.permissions import member_required
from portal.roles import Permission
from portal.web.htmx import SignedInRequest, render_page
from portal.web.pagination import KeysetPaginator

PAGES: KeysetPaginator[Batch] = KeysetPaginator(("created_at", "id"), 30)


@require_safe
@member_required
def batches(request: SignedInRequest) -> HttpResponse:
    """One page of the batches that this user may see, newest first."""
    shown = PAGES.page(Batch.visible_to(request.user).select_related("inviter"), request.GET.dict())
    counts = counts_of(batch.pk for batch in shown.rows)
    above, below = PAGES.parameters
    context = {
        "rows": [Progress(batch, counts.get(batch.pk, Counter())) for batch in shown.rows],
        "sees_all": Permission.SEE_ALL in request.user.permissions,
        "newer": reverse("batches", query={above: shown.newer}) if shown.newer else "",
        "older": reverse("batches", query={below: shown.older}) if shown.older else "",
    }
    return render_page(request, "invites/batches.html", context)
