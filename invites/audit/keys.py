"""The keys that sign checkpoints, as AUDIT_KEY has them. Public keys and signatures are in base64."""

from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings


class KeyReplaced(RuntimeError):
    """AUDIT_KEY lacks the key that signs a chain now: this process was started before it was replaced."""

    def __init__(self) -> None:
        super().__init__(
            "The audit log is signed with a key that AUDIT_KEY of this process lacks; restart it."
        )


def own() -> dict[str, Ed25519PrivateKey]:
    """The keys of AUDIT_KEY by their public keys, in its order: a new key is before the present one."""
    seeds = [settings.AUDIT_KEY, *settings.AUDIT_KEY_FALLBACKS]
    found = [Ed25519PrivateKey.from_private_bytes(seed) for seed in seeds]
    return {b64encode(key.public_key().public_bytes_raw()).decode(): key for key in found}


def require(key: str) -> Ed25519PrivateKey:
    """The key of AUDIT_KEY with this public key; raises `KeyReplaced` if it has none."""
    private = own().get(key)
    if not private:
        raise KeyReplaced
    return private


def sign(key: str, statement: str) -> str:
    """The signature by the key of AUDIT_KEY with this public key; raises `KeyReplaced` if it has none."""
    return b64encode(require(key).sign(statement.encode())).decode()


def is_signed(key: str, statement: str, signature: str) -> bool:
    """Whether this public key signed the statement; raises ValueError for what is no key or signature."""
    try:
        Ed25519PublicKey.from_public_bytes(b64decode(key)).verify(b64decode(signature), statement.encode())
    except InvalidSignature:
        return False
    return True
