"""The picture of events a day: apart from the list, which never counts what it shows."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from invites.audit.days import picture
from invites.audit.filters import Filter
from portal.access import auditor
from portal.page import SignedIn, page


@require_safe
@auditor
def days(request: SignedIn) -> HttpResponse:
    """Events a day over what the filters show."""
    wanted = Filter(request.GET, request.user.workspace_id)
    context = {"filter": wanted, "picture": picture(wanted.chains())}
    return page(request, "audit/days.html", context, fragment="audit/_days.html")
