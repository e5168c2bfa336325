"""Revoking the portal's access at awork: a token that is only deleted here lives there for up to 30 days."""

import structlog

from portal.awork import oauth, timeouts
from portal.awork.errors import AworkError, NotFound, SignInExpired
from portal.awork.tokens import client_for
from portal.models import User
from portal.signals import Revocation

log = structlog.get_logger(__name__)


def revoke(user: User) -> Revocation:
    """Revoke this client's access for the person, if awork answers within seconds; never raises.

    Deletes nothing here. To call outside a transaction.
    """
    try:
        with timeouts.brief():
            client_for(user).revoke_grant(oauth.client_id())
    except (SignInExpired, NotFound):
        return Revocation.NOTHING
    except AworkError as problem:
        log.warning(
            "the grant was not revoked", problem=type(problem).__name__, status=problem.exchange.status
        )
        return Revocation.FAILED
    return Revocation.REVOKED
