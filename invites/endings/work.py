"""The workers' duty: ask awork to end what is to end, and settle what is unclear."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.db.models import Q, QuerySet

from invites.endings.send import SENDABLE, send
from invites.endings.settle import settle
from invites.models import Ending, EndingCause, EndingState
from invites.sending.locks import lease_free
from portal import actor, clock
from portal.awork import timeouts
from portal.each import run_each


def end_due(go_on: Callable[[], bool]) -> int:
    """Send or settle the endings that are due, as long as `go_on()` is true; returns how many.

    An unexpected error with one does not keep the others waiting: the last such error is raised at the end.
    """
    keys = list(due().values_list("pk", flat=True))
    return run_each(((key, partial(_handle, key)) for key in keys), go_on, duty="end-access")


def due() -> QuerySet[Ending]:
    """Endings to send or to check now, and those whose process died.

    One that waits for a sign-in is due when that has come.
    """
    is_due = Q(next_check_at__lte=clock.now()) | Q(state=EndingState.SENDING)
    is_in_vain = Q(state=EndingState.WAITING, user__token=None)
    found = Ending.not_erased().filter(lease_free(), is_due).exclude(is_in_vain)
    return found.order_by("next_check_at", "created_at")


def _handle(key: UUID) -> bool:
    related = ("guest__invitation", "invitation", "user", "workspace")
    ending = due().select_related(*related).filter(pk=key).first()  # another worker may have been faster
    if ending is None:
        return False
    system = actor.for_system(ending.workspace_id)
    with timeouts.background():
        if ending.state not in SENDABLE:
            return settle(ending, by=system)
        is_planned = ending.cause == EndingCause.END_DATE
        return send(ending, by=system if is_planned else actor.for_user(ending.user))
