"""`/invite/many/template.csv`: a list of guests to fill in."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from invites.batches.columns import COLUMNS
from invites.models.csv_columns import header
from portal.accounts.permissions import inviter_required
from portal.web import csv
from portal.web.htmx import SignedInRequest

EXAMPLE = ("WEB-12", "Guest", "carla@creative.example", "Carla", "Creative", "female", "")


@require_safe
@inviter_required
def download(request: SignedInRequest) -> HttpResponse:
    """The header, which is read in every language, and one invented guest."""
    lines = csv.lines([header(COLUMNS), EXAMPLE], csv.Separator.named(request.GET.get("separator")))
    return HttpResponse(
        "".join(lines),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="guests.csv"'},
    )
