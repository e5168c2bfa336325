"""Signals about sign-ins, permissions and limits; the audit log records them.

Each is sent inside the transaction of its change: if a receiver can't write, nothing is changed.
"""

from enum import StrEnum

from django.dispatch import Signal


class SignInRefusal(StrEnum):
    """Why a sign-in is refused or ended; `portal.accounts.refusals` has the texts of their pages."""

    IDENTITY = "identity"
    WORKSPACE = "workspace"
    GUEST = "guest"
    BLOCKED = "blocked"
    DEACTIVATED = "deactivated"
    DENIED = "denied"
    STATE = "state"
    UNREACHABLE = "unreachable"
    NONSENSE = "nonsense"
    CREDENTIALS = "credentials"


class Revocation(StrEnum):
    """What became of a person's grant."""

    REVOKED = "revoked"
    NOTHING = "nothing"  # awork no longer accepts the tokens, or knows no grant
    FAILED = "failed"  # it ends by itself after at most 30 days without use


signed_in = Signal()  # actor: Actor, user: User
# actor: Actor, elsewhere: int (how many other sessions ended), grant: Revocation | None (of the last session)
signed_out = Signal()
sign_in_refused = Signal()  # actor: Actor, reason: SignInRefusal
session_expired = Signal()  # actor: Actor, reason: SignInRefusal | None, grant: Revocation | None
role_changed = Signal()  # actor: Actor, person: User | None, email: str, before: str, after: str
role_confirmed = Signal()  # as role_changed: a pending role was assigned to the person who signed in
role_rejected = Signal()  # as role_changed, but `after` is the role that they did not get
permission_denied = Signal()  # actor: Actor, right: str, path: str
rate_limit_reached = Signal()  # actor: Actor, limit: str (the name of a limit of portal.web.rate_limits)
