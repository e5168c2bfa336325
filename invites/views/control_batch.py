"""`/batches/<id>/pause/` and its siblings: pause, resume or stop a batch, or send its failed lines again."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from invites.batches import control
from invites.batches.describe import ALREADY
from invites.batches.progress import Progress
from invites.models import Batch
from invites.policy.recheck import QuotaReached
from portal import actor
from portal.accounts.permissions import inviter_required, member_required
from portal.web.htmx import SignedInRequest, post_only, render_page

STOPPED = gettext_lazy("The batch was stopped. What was sent stays sent.")


@member_required
@post_only(at="batch")
def pause(request: SignedInRequest, batch_id: UUID) -> HttpResponseBase:
    """Send no further lines until it is resumed."""
    batch = get_object_or_404(Batch.stoppable_by(request.user), id=batch_id)
    was_done = control.pause(batch.pk, by=actor.for_request(request))
    return _answer(request, batch, was_done, gettext_lazy("The batch was paused."))


@inviter_required
@post_only(at="batch")
def resume(request: SignedInRequest, batch_id: UUID) -> HttpResponseBase:
    """Go on with one's own batch."""
    batch = get_object_or_404(Batch, id=batch_id, inviter=request.user)
    was_done = control.resume(batch.pk, by=actor.for_request(request))
    return _answer(request, batch, was_done, gettext_lazy("The batch goes on."))


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def stop(request: SignedInRequest, batch_id: UUID) -> HttpResponseBase:
    """Ask to confirm; a POST sends no further lines at all."""
    batch = get_object_or_404(Batch.stoppable_by(request.user), id=batch_id)
    if request.method == "POST":
        return _answer(request, batch, control.stop(batch.pk, by=actor.for_request(request)), STOPPED)
    if not batch.is_open:
        return _answer(request, batch, False, STOPPED)
    context = {"batch": batch, "progress": Progress.of(batch)}
    return render_page(request, "invites/batch_stop.html", context)


@inviter_required
@post_only(at="batch")
def retry(request: SignedInRequest, batch_id: UUID) -> HttpResponseBase:
    """Queue the failed lines of one's own batch once more."""
    batch = get_object_or_404(Batch, id=batch_id, inviter=request.user)
    try:
        count = control.retry_failed(batch.pk, by=actor.for_request(request))
    except QuotaReached as problem:
        messages.warning(request, str(problem.denial.text))
        return redirect(batch)
    if not count:
        messages.info(request, _("There are no failed lines to retry now."))
        return redirect(batch)
    text = ngettext("%(count)s line was queued again.", "%(count)s lines were queued again.", count)
    messages.success(request, text % {"count": count})
    return redirect(batch)


def _answer(request: SignedInRequest, batch: Batch, was_done: bool, text: Promise) -> HttpResponseBase:
    """Say that it was done, or what state the batch is in that someone else may have changed just before."""
    if was_done:
        messages.success(request, str(text))
    else:
        batch.refresh_from_db(fields=["state"])
        messages.info(request, str(ALREADY[batch.state]))
    return redirect(batch)
