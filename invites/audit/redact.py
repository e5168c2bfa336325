"""Redaction: masks secrets and the guest's address in everything that is recorded."""

import re
import unicodedata
from base64 import b64encode
from functools import cache
from typing import Any

from django.conf import settings
from django.db import models

from invites.audit.catalogue import Json
from portal.email_addresses import pattern

MASK = "[masked]"
GUEST = "[guest]"
SECRET_NAMES = re.compile(
    r"token|secret|passw|authorization|cookie|verifier|api.?key|assertion|session.?id|signature",
    re.IGNORECASE,
)
SECRET_VALUES = re.compile(
    r"(?i:\b(?:bearer|basic)\s+[\w.~+/=-]{8,})"
    r"|\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?"
    r"|(?<=[?&])(?i:code|state|api_?key)=[^&#\s]+"
    # access_token and the like: in a URL, a form or quoted JSON.
    r"|_(?i:token|secret|verifier)[\"']?\s*[=:]\s*[\"']?[^&#\s\"',}]+"
)


class Redactor:
    """Cleans the values of one event; `guest` is the address to mask, stored with its person only."""

    def __init__(self, guest: str = "") -> None:
        self.secrets = _secrets()
        self.guest = pattern(guest) if guest else None

    def text(self, value: str, limit: int | None = None) -> str:
        """The text in NFC, without NUL, lone surrogates and secrets, cut to `limit` characters."""
        text = value.replace("\0", "").encode("utf-8", "replace").decode()
        text = SECRET_VALUES.sub(MASK, unicodedata.normalize("NFC", text))
        for secret in self.secrets:
            text = text.replace(secret, MASK)
        if self.guest:
            text = self.guest.sub(GUEST, text)
        return text[:limit]

    def row(self, row: models.Model) -> None:
        """Clean every text column of a row that is about to be saved, and cut it to the column's length."""
        for name, limit in _text_columns(type(row)):
            setattr(row, name, self.text(getattr(row, name), limit))

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


@cache
def _text_columns(model: type[models.Model]) -> list[tuple[str, int | None]]:
    columns = [field for field in model._meta.concrete_fields if isinstance(field, models.CharField)]
    return [(field.name, field.max_length) for field in columns]


def _secrets() -> list[str]:
    """The secrets in this portal's settings."""
    signing = b64encode(settings.AUDIT_KEY).decode()
    found = [settings.SECRET_KEY, settings.AWORK_CLIENT_SECRET, settings.AWORK_API_KEY, signing]
    return [secret for secret in [*found, *settings.TOKEN_KEYS] if secret]
