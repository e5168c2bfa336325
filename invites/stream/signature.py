"""Signs what webhooks send, as the specification of Standard Webhooks says, so that its libraries verify it.

The signature is HMAC-SHA256 over `id.time.body`, in base64, where time is in seconds since 1970.
"""

import hmac
from base64 import b64decode, b64encode
from hashlib import sha256

from invites.stream.webhooks import SECRET_START


def headers(secret: str, message: str, seconds: int, body: bytes) -> dict[str, str]:
    """The three headers of a message with this id, which contains no dot, sent at this time."""
    key = b64decode(secret.removeprefix(SECRET_START))
    signature = hmac.digest(key, f"{message}.{seconds}.".encode() + body, sha256)
    return {
        "webhook-id": message,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{b64encode(signature).decode()}",
    }
