"""Redaction: masks secrets and the guest's address in everything that is recorded."""

import re
import unicodedata
from base64 import b64encode, urlsafe_b64decode
from functools import cache
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import models

from invites.audit.catalogue import Json
from portal.email_addresses import pattern

MASK = "[masked]"
URLSAFE = str.maketrans("+/", "-_")
GUEST = "[guest]"
SECRET_NAMES = re.compile(
    r"token|secret|passw|authorization|cookie|verifier|api.?key|assertion|session.?id|signature",
    re.IGNORECASE,
)
# What nobody calls a task or a project: a signed token, an API token, or the header that carries one.
TOKENS = re.compile(
    r"\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?|\bdesk_[\w-]{43}|(?i:\bauthorization:\s*bearer\s+\S+)"
)
BASIC = re.compile(r"(?i:\bbasic\s+)([\w+/-]{4,}={0,2})")
# What may be part of a name, such as `Bearer bonds`, but not of what programs say.
SECRET_VALUES = re.compile(
    r"(?i:\bbearer\s+[\w.~+/=-]{8,})"
    r"|(?<=\S[?&])(?i:code|state|api_?key)=[^&#\s]+"
    # access_token and the like: in a URL, a form or quoted JSON.
    r"|_(?i:token|secret|verifier)(?:[\"']\s*[=:]\s*[\"']?|=[\"']?)[^&#\s\"',}]+"
    r"|_(?i:token|verifier):\s*[^&#\s\"',}]+"
)
NAMES = {"actor_name", "first_name", "last_name", "project_name", "role_name", "task_key", "task_name"}


class Redactor:
    """Cleans the values of one event; `guest` is the address to mask, stored with its person only."""

    def __init__(self, guest: str = "") -> None:
        self.secrets = _secrets()
        self.guest = pattern(guest) if guest else None

    def text(self, value: str, limit: int | None = None) -> str:
        """The text in NFC, without NUL, lone surrogates and secrets, cut to `limit` characters."""
        return self.name(SECRET_VALUES.sub(MASK, _storable(value)))[:limit]

    def name(self, value: str) -> str:
        """The same for a name that a person chose, in which ordinary words are no secrets."""
        text = BASIC.sub(_basic, TOKENS.sub(MASK, _storable(value)))
        for secret in self.secrets:
            text = text.replace(secret, MASK)
        return self.guest.sub(GUEST, text) if self.guest else text

    def row(self, row: models.Model) -> None:
        """Clean every text column of a row that is about to be saved, and cut it to the column's length."""
        for name, limit in _text_columns(type(row)):
            clean = self.name if name in NAMES else self.text
            setattr(row, name, clean(getattr(row, name))[:limit])

    def json(self, value: Any) -> Json:
        """The same for nested JSON values; raises TypeError for floats and other types."""
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(str(key)): self._named(str(key), part) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return [self.json(part) for part in value]
        raise TypeError(f"an event cannot hold {type(value).__name__}")

    def _named(self, name: str, value: Any) -> Json:
        return MASK if value and SECRET_NAMES.search(name) else self.json(value)


def _storable(value: str) -> str:
    return unicodedata.normalize("NFC", value.replace("\0", "").encode("utf-8", "replace").decode())


def _basic(match: re.Match[str]) -> str:
    """Mask credentials, which are user:password in base64, but not `Basic Training`."""
    encoded = match[1].rstrip("=")
    try:
        decoded = urlsafe_b64decode(encoded.translate(URLSAFE) + "=" * (-len(encoded) % 4)).decode()
    except ValueError:
        return match[0]
    return MASK if ":" in decoded else match[0]


@cache
def _text_columns(model: type[models.Model]) -> list[tuple[str, int | None]]:
    columns = [field for field in model._meta.concrete_fields if isinstance(field, models.CharField)]
    return [(field.name, field.max_length) for field in columns]


def _secrets() -> list[str]:
    """The secrets in this portal's settings, as they are and as URLs have them."""
    signing = [b64encode(key).decode() for key in (settings.AUDIT_KEY, *settings.AUDIT_KEY_FALLBACKS)]
    found = [
        settings.SECRET_KEY,
        *settings.SECRET_KEY_FALLBACKS,
        settings.AWORK_CLIENT_SECRET,
        settings.AWORK_API_KEY,
        *signing,
    ]
    secrets = [secret for secret in [*found, *settings.TOKEN_KEYS] if secret]
    return [form for secret in secrets for form in dict.fromkeys((secret, quote(secret, safe="")))]
