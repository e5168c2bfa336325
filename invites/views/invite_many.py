"""`/invite/many/`: enter many guests, see what will happen to each, correct them, and send."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.views.decorators.http import require_http_methods

from invites.batches.check import record_denied
from invites.batches.form import InviteManyForm
from invites.batches.page import Page, checked_page, entry_page
from invites.batches.submit import NotSubmitted, earlier_batch, submit
from portal import actor
from portal.accounts.permissions import inviter_required
from portal.web import form_recovery
from portal.web.htmx import SignedInRequest, render_page


@require_http_methods(["GET", "HEAD", "POST"])
@inviter_required
def invite_many(request: SignedInRequest) -> HttpResponseBase:
    """Show the form, filled in from the URL; a POST checks the list and sends nothing."""
    if request.method == "POST":
        return _check(request, InviteManyForm(request.POST, request.FILES))
    return _restored(request) or _enter(request, InviteManyForm(initial=request.GET.dict()))


@require_http_methods(["GET", "HEAD", "POST"])
@inviter_required
def send_many(request: SignedInRequest) -> HttpResponseBase:
    """Send to those who are ready, exactly as shown; or check the list once more."""
    if request.method != "POST":  # after signing in
        return _restored(request) or redirect("invite-many")
    form, by = InviteManyForm(request.POST, request.FILES), actor.for_request(request)
    if not form.is_valid():
        return _enter(request, form, status=422)
    batch = earlier_batch(form, request.user)
    if batch is None:
        page = checked_page(form, request.user, by=by, is_submitted=True)
        try:
            batch = submit(page, request.user, by=by)
        except NotSubmitted as problem:
            if page.check:
                record_denied(page.check, by=by)
            return _render(request, page, note=problem.message, status=422)
    return redirect(batch)


def _restored(request: SignedInRequest) -> HttpResponse | None:
    """The list as it was before the session ended; None if there is none."""
    fields = form_recovery.pop(request)
    if fields is None:
        return None
    if fields.get("checked"):
        return _check(request, InviteManyForm(fields))
    return _enter(request, InviteManyForm.filled_in(fields, request.restored_files))  # type: ignore[attr-defined]


def _enter(request: SignedInRequest, form: InviteManyForm, *, status: int = 200) -> HttpResponse:
    return _render(request, entry_page(form, request.user), status=status)


def _check(request: SignedInRequest, form: InviteManyForm) -> HttpResponse:
    if not form.is_valid():
        return _enter(request, form, status=422)
    return _render(request, checked_page(form, request.user, by=actor.for_request(request)))


def _render(
    request: SignedInRequest, page: Page, *, note: Promise | str = "", status: int = 200
) -> HttpResponse:
    page.note = note
    return render_page(request, "invites/many.html", {"page": page, "form": page.form}, status=status)
