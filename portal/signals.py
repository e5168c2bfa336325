"""What happens around signing in and rights, for those who keep a record of it.

Each is sent inside the transaction of its change, so that a receiver that cannot write stops the change.
"""

from django.dispatch import Signal

signed_in = Signal()  # actor: Actor, user: User
signed_out = Signal()  # actor: Actor, elsewhere: int (sessions ended from another one; 0 for one's own)
sign_in_refused = Signal()  # actor: Actor, reason: str (a key of portal.accounts.refusals)
session_expired = Signal()  # actor: Actor, reason: str (a key of portal.accounts.refusals, or "")
role_changed = Signal()  # actor: Actor, person: User | None, email: str, before: str, after: str
permission_denied = Signal()  # actor: Actor, right: str, path: str
rate_limit_reached = Signal()  # actor: Actor, limit: str (the name of one of portal.web.rate_limits)
