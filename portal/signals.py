"""What happens around signing in and rights, for those who keep a record of it.

Each is sent inside the transaction of its change, so that a receiver that cannot write stops the change.
"""

from django.dispatch import Signal

signed_in = Signal()  # actor: Actor, user: User
signed_out = Signal()  # actor: Actor
sign_in_refused = Signal()  # actor: Actor, reason: str (a key of portal.login.refusals)
session_expired = Signal()  # actor: Actor
right_refused = Signal()  # actor: Actor, right: str, path: str
