"""`/guests/<id>/end-date/`: set, move or remove the end date of a guest."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from invites.guests import end_dates
from invites.guests.end_date_form import EndDateForm
from invites.models import Guest
from portal import actor
from portal.accounts.permissions import inviter_required
from portal.models import User
from portal.roles import Permission
from portal.signals import permission_denied
from portal.web.htmx import SignedInRequest, render_page


@require_http_methods(["GET", "HEAD", "POST"])
@inviter_required
def change_end_date(request: SignedInRequest, guest_id: UUID) -> HttpResponseBase:
    """The form on a separate page; the guest's page has it too."""
    guest = get_object_or_404(Guest.visible_to(request.user), id=guest_id)
    if not end_dates.may_set(request.user, guest):
        right = Permission.MANAGE_GUESTS.value
        permission_denied.send(sender=User, actor=actor.for_request(request), right=right, path=request.path)
        raise PermissionDenied
    form = EndDateForm(request.POST if request.method == "POST" else None, guest)
    if form.is_bound and form.save(by=actor.for_request(request)):
        messages.success(request, _saved_text(guest))
        return redirect(guest)
    if form.is_bound:
        form.show_current()
    status = 422 if form.is_bound else 200
    return render_page(request, "guests/end_date.html", {"guest": guest, "form": form}, status=status)


def _saved_text(guest: Guest) -> str:
    if guest.ends_on is None:
        return _("%(name)s has no end date now.") % {"name": guest.name}
    facts = {"name": guest.name, "day": date_format(guest.ends_on, "DATE_FORMAT")}
    return _("The last day of access of %(name)s is %(day)s.") % facts
