"""What the portal is told from outside: each variable by name, all problems reported at once.

Every variable `NAME` may also be given as `NAME_FILE`, the path of a file that holds the value.
"""

import base64
import binascii
import re
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID

import dj_database_url
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from environs import EnvValidationError, FileAwareEnv, ValidationError

SEED_BYTES = 32
SECRET_LENGTH = 50
ADDRESS_EXPECTED = "must be an address such as https://invite.example"
ENGINES = {"django.db.backends.sqlite3", "django.db.backends.postgresql"}
HOST = re.compile(r"\*|\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:.]+\]")


def is_loopback(host: str) -> bool:
    """Whether this host name can only mean the machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def web_address(value: str) -> str:
    """An address without a trailing slash: https, or plain http on a loopback host."""
    try:
        parts = urlsplit(value)
        port_is_one = parts.port != 0
    except ValueError:
        raise ValidationError(ADDRESS_EXPECTED) from None
    extras = parts.query or parts.fragment or parts.username is not None or not value.isprintable()
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_is_one or extras:
        raise ValidationError(ADDRESS_EXPECTED)
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValidationError("must begin with https:// (plain http is for loopback hosts only)")
    return parts._replace(netloc=parts.netloc.lower()).geturl().rstrip("/")


def origin(value: str) -> str:
    """A web address that is scheme, host and port alone."""
    address = web_address(value)
    if urlsplit(address).path:
        raise ValidationError("must be an origin without a path, such as https://invite.example")
    return address


def place(value: str) -> str:
    """Where lines are brought: a web address to post to, or the absolute path of a file to append to."""
    if "://" in value:
        return web_address(value)
    if not Path(value).is_absolute():
        raise ValidationError("must be an https address, or the absolute path of a file")
    return value


def host(value: str) -> str:
    """A host name as Django matches it: a name, an address, `.example` with all below it, or `*`."""
    if not HOST.fullmatch(value):
        raise ValidationError("must be host names without scheme or port, separated by commas")
    return value


def network(value: str) -> IPv4Network | IPv6Network:
    """The addresses of a network such as `10.0.0.0/8`, or the one that is named."""
    try:
        return ip_network(value)
    except ValueError:
        raise ValidationError(
            "must be addresses or networks such as 10.0.0.0/8, separated by commas"
        ) from None


def visible(value: str) -> str:
    """A credential that can stand in a header."""
    if not all("!" <= character <= "~" for character in value):
        raise ValidationError("must consist of visible ASCII characters")
    return value


def database(value: str) -> dict[str, Any]:
    """Django's description of the database behind this address."""
    try:
        found = dj_database_url.parse(value)
    except ValueError:
        found = {}
    if found.get("ENGINE") not in ENGINES or not found.get("NAME"):
        raise ValidationError("must be an address such as postgresql://user:password@host/name")
    return cast("dict[str, Any]", found)


def secret(value: str) -> str:
    """A key that is long enough to sign with."""
    if len(value) < SECRET_LENGTH:
        raise ValidationError(f"must have at least {SECRET_LENGTH} characters")
    return value


def fernet_key(value: str) -> str:
    """A Fernet key as `Fernet.generate_key()` makes it."""
    try:
        Fernet(value)
    except ValueError:
        raise ValidationError("must be Fernet keys (base64 of 32 bytes), separated by commas") from None
    return value


def seed(value: str) -> bytes:
    """The bytes of an Ed25519 seed."""
    try:
        raw = base64.b64decode(value, validate=True)
    except binascii.Error:
        raw = b""
    if len(raw) != SEED_BYTES:
        raise ValidationError(f"must be base64 of {SEED_BYTES} bytes")
    return raw


def uuid(value: str) -> UUID:
    """One awork id."""
    try:
        return UUID(value)
    except ValueError:
        raise ValidationError("must be awork ids (UUIDs), separated by commas") from None


class Environment(FileAwareEnv):
    """The variables, read lazily: `seal` tells every problem in one plain message."""

    def __init__(self) -> None:
        super().__init__(eager=False, strip_whitespace=True)

    def _get_value(self, env_key: str, default: Any) -> Any:
        try:
            return super()._get_value(env_key, default)
        except (ValueError, OSError):
            self._errors[env_key].append(f"{env_key}_FILE must name a readable text file")
            return default

    def many(self, name: str, parse: Any, *, required: bool, default: str = "") -> list[Any]:
        """A comma-separated variable, each part through `parse`."""
        parts = [part.strip() for part in (self.str(name, "") or default).split(",") if part.strip()]
        if required and not parts and name not in self._errors:
            self._errors[name].append("is required")
        try:
            return [parse(part) for part in parts]
        except ValidationError as problem:
            self._errors[name].append(str(problem.args[0]))
            return []

    def one(self, name: str, parse: Any, default: str | None = None) -> Any:
        """A variable through `parse`, None where it is wrong; required where there is no default."""
        value = self.str(name, "") or default
        if value is None and name not in self._errors:
            self._errors[name].append("is required")
        try:
            return parse(value) if value else value
        except ValidationError as problem:
            self._errors[name].append(str(problem.args[0]))
            return None

    def wrong(self, name: str, problem: str) -> None:
        """Note a problem that is seen only with other variables in view."""
        self._errors[name].append(problem)

    def seal(self) -> None:
        """Raise `ImproperlyConfigured` naming every missing or malformed variable."""
        try:
            super().seal()
        except EnvValidationError as problems:
            messages = cast("dict[str, list[str]]", problems.error_messages)
            lines = [f"  {name}: {'; '.join(dict.fromkeys(said))}" for name, said in messages.items()]
            text = "\n".join(["The portal cannot start. These settings are missing or malformed:", *lines])
            raise ImproperlyConfigured(text) from None
