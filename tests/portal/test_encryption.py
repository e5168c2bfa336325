import pytest
from cryptography.fernet import Fernet, InvalidToken

from portal import encryption


@pytest.fixture
def keys(settings):
    """An old and a new key: the old one alone is set."""
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    settings.TOKEN_KEYS = [old]
    return old, new


def test_the_first_key_encrypts_and_all_decrypt(keys, settings):
    old, new = keys
    encrypted = encryption.encrypt("geheim")
    assert encryption.is_current(encrypted)
    settings.TOKEN_KEYS = [new, old]
    assert encryption.decrypt(encrypted) == "geheim"
    assert not encryption.is_current(encrypted)
    again = encryption.reencrypt(encrypted)
    settings.TOKEN_KEYS = [new]
    assert encryption.decrypt(again) == "geheim"


def test_without_its_key_nothing_is_decrypted(keys, settings):
    encrypted = encryption.encrypt("geheim")
    settings.TOKEN_KEYS = [keys[1]]
    for work in (encryption.decrypt, encryption.reencrypt):
        with pytest.raises(InvalidToken):
            work(encrypted)
