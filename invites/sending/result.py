"""What a call that changes something in awork came to."""

from collections.abc import Callable
from dataclasses import dataclass

from invites.models import Reason, State
from portal.awork.errors import (
    AworkError,
    AworkRefused,
    ClientRejected,
    FirewallBlocked,
    Forbidden,
    NotFound,
    SignInExpired,
    TooManyRequests,
    Unclear,
    Unreachable,
)
from portal.awork.schemas import Exchange

NOT_SENT_REASONS: dict[type[AworkError], Reason] = {
    SignInExpired: Reason.SIGN_IN_EXPIRED,
    ClientRejected: Reason.CLIENT_REJECTED,
    TooManyRequests: Reason.RATE_LIMITED,
    Unreachable: Reason.UNREACHABLE,
    FirewallBlocked: Reason.FIREWALL,
}

REASONS_WITHOUT_CODE: dict[type[AworkError], Reason] = {
    Forbidden: Reason.FORBIDDEN,
    NotFound: Reason.NOT_FOUND,
}


@dataclass(frozen=True)
class SendResult:
    """What is known after asking awork; `reason` is a `Reason` or a code of awork.

    `is_temporary`: nothing was sent, and awork has said nothing about this invitation yet.
    """

    state: State
    reason: str = ""
    awork_message: str = ""
    exchange: Exchange | None = None
    is_temporary: bool = False


def result_of(call: Callable[[], Exchange]) -> SendResult:
    """Make one call that must not be made twice, and say what is known of it."""
    try:
        return SendResult(State.SENT, exchange=call())
    except Unclear as problem:
        return SendResult(State.UNCLEAR, Reason.NO_ANSWER, exchange=problem.exchange)
    except AworkRefused as problem:
        reason = problem.exchange.code or REASONS_WITHOUT_CODE.get(type(problem), Reason.REFUSED)
        return SendResult(State.REFUSED, reason, problem.description, problem.exchange)
    except AworkError as problem:
        reason = NOT_SENT_REASONS[type(problem)]
        is_temporary = not isinstance(problem, FirewallBlocked)  # it would block the same request again
        return SendResult(State.NOT_SENT, reason, exchange=problem.exchange, is_temporary=is_temporary)
