"""`/batches/<id>/`: how far a batch is, and its lines."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from invites.batches.control import retryable_count
from invites.batches.describe import describe
from invites.batches.progress import WAITING_STATES, Progress
from invites.messages import Message, message_for
from invites.models import RETRYABLE_STATES, Batch, BatchState, Invitation, State
from portal.accounts.permissions import member_required
from portal.models import User
from portal.roles import Permission
from portal.web.htmx import SignedInRequest, render_page, wants_fragment
from portal.web.pagination import KeysetPaginator

PAGES: KeysetPaginator[Invitation] = KeysetPaginator(("line", "id"), 100, descending=False)
FAILED = "failed"
TABS: dict[str, tuple[Promise, frozenset[State]]] = {  # by the URL parameter `state`
    "": (_("All"), frozenset()),
    FAILED: (_("Failed"), frozenset(RETRYABLE_STATES)),
    "unclear": (_("Unclear"), frozenset({State.UNCLEAR})),
    "sent": (_("Sent"), frozenset({State.SENT})),
    "waiting": (_("Waiting"), WAITING_STATES),
}


@dataclass(frozen=True)
class Tab:
    """The lines in some states, and how many there are."""

    name: str
    label: Promise
    count: int
    url: str
    is_current: bool


@dataclass(frozen=True)
class Row:
    """A line, and why it was not sent or is unclear."""

    line: Invitation
    reason: Message | None


@dataclass(frozen=True)
class Steps:
    """What the reader may do with batches like this one, and what they can do now."""

    may_stop: bool
    may_send: bool
    can_pause: bool
    can_resume: bool
    can_stop: bool
    retryable: int


@require_safe
@member_required
def batch(request: SignedInRequest, batch_id: UUID) -> HttpResponse:
    """The batch with its lines; htmx gets what has changed, every other part of the page stays as it is.

    While lines are sent, those of a state don't come and go by themselves: only the list of all is updated.
    """
    found = get_object_or_404(Batch.visible_to(request.user).select_related("inviter"), id=batch_id)
    progress, chosen = Progress.of(found), request.GET.get("state", "")
    current = chosen if chosen in TABS else ""
    is_update = wants_fragment(request)
    context = {
        "batch": found,
        "progress": progress,
        "text": describe(progress, request.user),
        "steps": _steps(progress, request.user),
        "tabs": _tabs(progress, current),
        "is_update": is_update,
        "reloads": progress.is_moving and request.GET.get("reload") != "off",
    }
    if not (is_update and current):
        context |= _lines(request, progress, current)
    return render_page(request, "invites/batch.html", context, fragment="invites/_batch_update.html")


def _steps(progress: Progress, reader: User) -> Steps:
    state, is_inviter = progress.batch.state, progress.batch.inviter_id == reader.pk
    may_send = is_inviter and Permission.INVITE in reader.permissions
    return Steps(
        may_stop=is_inviter or Permission.ADMINISTER in reader.permissions,
        may_send=may_send,
        can_pause=state == BatchState.RUNNING,
        can_resume=state == BatchState.PAUSED,
        can_stop=progress.batch.is_open,
        retryable=retryable_count(progress.batch) if may_send and progress.can_retry else 0,
    )


def _tabs(progress: Progress, current: str) -> list[Tab]:
    return [
        Tab(
            name or "all",
            label,
            progress.count(states) if states else progress.total,
            _url(progress, state=name) if name else progress.batch.get_absolute_url(),
            name == current,
        )
        for name, (label, states) in TABS.items()
    ]


def _lines(request: SignedInRequest, progress: Progress, current: str) -> dict[str, object]:
    shown = PAGES.page(progress.lines(TABS[current][1]), request.GET.dict())
    above, below = PAGES.parameters
    kept = {"state": current} if current else {}
    return {
        "rows": [Row(line, message_for(line.reason) if line.reason else None) for line in shown.rows],
        "newer": _url(progress, **kept, **{above: shown.newer}) if shown.newer else "",
        "older": _url(progress, **kept, **{below: shown.older}) if shown.older else "",
        "pager_labels": (_("Previous"), _("Next")),
    }


def _url(progress: Progress, **query: str) -> str:
    return reverse("batch", args=[progress.batch.pk], query=query)
