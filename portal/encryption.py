"""What is stored encrypted: awork's tokens, and the secrets of webhooks. The first of TOKEN_KEYS encrypts."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


def encrypt(text: str) -> str:
    """Encrypt with the first key."""
    return _keys().encrypt(text.encode()).decode()


def decrypt(encrypted: str) -> str:
    """Decrypt with any of the keys; raises `InvalidToken` if none does."""
    return _keys().decrypt(encrypted).decode()


def reencrypt(encrypted: str) -> str:
    """Encrypt with the first key what any of them encrypted; raises `InvalidToken` if none did."""
    return _keys().rotate(encrypted).decode()


def is_current(encrypted: str) -> bool:
    """Whether the first key decrypts it."""
    try:
        Fernet(settings.TOKEN_KEYS[0]).decrypt(encrypted)
    except InvalidToken:
        return False
    return True


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.TOKEN_KEYS])
