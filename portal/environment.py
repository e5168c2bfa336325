"""Reads environment variables and reports all missing or malformed ones at once.

Each variable `NAME` can also be set as `NAME_FILE`, the path of a file that contains the value.
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
TOKEN_LENGTH = 20
UNIX = "unix"  # a peer on a Unix socket, which has no address
URL_EXPECTED = "must be a URL such as https://invite.example"
DEFAULT_PORTS = {"http": ":80", "https": ":443"}
ENGINES = {"django.db.backends.sqlite3", "django.db.backends.postgresql"}
HOST = re.compile(r"\*|\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:.]+\]")


def is_loopback(host: str) -> bool:
    """Whether this host name always means the local machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def url(value: str) -> str:
    """A URL without a trailing slash: https, or plain http on a loopback host."""
    try:
        parts = urlsplit(value)
        has_valid_port = parts.port != 0
    except ValueError:
        raise ValidationError(URL_EXPECTED) from None
    extras = parts.query or parts.fragment or parts.username is not None or not value.isprintable()
    if parts.scheme not in {"http", "https"} or not parts.hostname or not has_valid_port or extras:
        raise ValidationError(URL_EXPECTED)
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValidationError("must begin with https:// (plain http is for loopback hosts only)")
    netloc = parts.netloc.lower().removesuffix(DEFAULT_PORTS[parts.scheme])  # as browsers send it
    return parts._replace(netloc=netloc).geturl().rstrip("/")


def origin(value: str) -> str:
    """A URL that consists of scheme, host and port."""
    parsed = url(value)
    if urlsplit(parsed).path:
        raise ValidationError("must be an origin without a path, such as https://invite.example")
    return parsed


def url_or_path(value: str) -> str:
    """A URL, or the absolute path of a file."""
    if "://" in value:
        return url(value)
    if not Path(value).is_absolute():
        raise ValidationError("must be an https URL or the absolute path of a file")
    return value


def directory(value: str) -> str:
    """An absolute path: a relative one would depend on where the process was started."""
    if not Path(value).is_absolute():
        raise ValidationError("must be the absolute path of a directory")
    return value


def host(value: str) -> str:
    """A host as in Django's ALLOWED_HOSTS: a name, an IP address, `.example` for all subdomains, or `*`."""
    if not HOST.fullmatch(value):
        raise ValidationError("must be host names without scheme or port, separated by commas")
    return value


def host_of(url: str) -> str:
    """The host of a URL as in the Host header, but without port: IPv6 addresses are in brackets."""
    name = urlsplit(url).hostname or ""
    return f"[{name}]" if ":" in name else name


def proxy(value: str) -> IPv4Network | IPv6Network | str:
    """A network such as `10.0.0.0/8`, a single IP address, or `unix` for all peers on Unix sockets."""
    if value == UNIX:
        return value
    try:
        return ip_network(value)
    except ValueError:
        raise ValidationError(
            "must be IP addresses, networks such as 10.0.0.0/8, or unix, separated by commas"
        ) from None


def printable_ascii(value: str) -> str:
    """A credential that is valid in an HTTP header."""
    if not all("!" <= character <= "~" for character in value):
        raise ValidationError("must consist of printable ASCII characters without spaces")
    return value


def bearer_token(value: str) -> str:
    """A token that can't be guessed."""
    if len(value) < TOKEN_LENGTH:
        raise ValidationError(f"must have at least {TOKEN_LENGTH} characters")
    return printable_ascii(value)


def database_config(value: str) -> dict[str, Any]:
    """The entry of Django's DATABASES for this URL."""
    try:
        config = dj_database_url.parse(value)
    except ValueError:
        config = {}
    if config.get("ENGINE") not in ENGINES or not config.get("NAME"):
        raise ValidationError("must be a URL such as postgresql://user:password@host/name")
    return cast("dict[str, Any]", config)


def secret_key(value: str) -> str:
    """A key that is long enough for signing."""
    if len(value) < SECRET_LENGTH:
        raise ValidationError(f"must have at least {SECRET_LENGTH} characters, each of several too")
    return value


def fernet_key(value: str) -> str:
    """A Fernet key as `Fernet.generate_key()` makes it."""
    try:
        Fernet(value)
    except ValueError:
        raise ValidationError("must be Fernet keys (base64 of 32 bytes), separated by commas") from None
    return value


def ed25519_seed(value: str) -> bytes:
    """The bytes of an Ed25519 private key."""
    try:
        raw = base64.b64decode(value, validate=True)
    except binascii.Error:
        raw = b""
    if len(raw) != SEED_BYTES:
        raise ValidationError(f"must be base64 of {SEED_BYTES} bytes")
    return raw


def uuid(value: str) -> UUID:
    """The id of an awork workspace."""
    try:
        return UUID(value)
    except ValueError:
        raise ValidationError("must be awork ids (UUIDs), separated by commas") from None


class Environment(FileAwareEnv):
    """Collects problems while settings are read; `raise_errors` reports them in one message."""

    def __init__(self) -> None:
        super().__init__(eager=False, strip_whitespace=True)

    def read(self, name: str, parse: Any, default: str | None = None) -> Any:
        """A variable parsed by `parse`, or None where it is invalid; required unless there is a default."""
        value = self.str(name, "") or default
        if value is None and name not in self._errors:
            self.add_error(name, "is required")
        try:
            return parse(value) if value else value
        except ValidationError as problem:
            self.add_error(name, str(problem.args[0]))
            return None

    def read_list(self, name: str, parse: Any, *, required: bool, default: str = "") -> list[Any]:
        """A comma-separated variable, each item parsed by `parse`."""
        items = [item.strip() for item in (self.str(name, "") or default).split(",") if item.strip()]
        if required and not items and name not in self._errors:
            self.add_error(name, "is required")
        try:
            return [parse(item) for item in items]
        except ValidationError as problem:
            self.add_error(name, str(problem.args[0]))
            return []

    def add_error(self, name: str, problem: str) -> None:
        """Report a problem of this variable."""
        self._errors[name].append(problem)

    def raise_errors(self) -> None:
        """Raise `ImproperlyConfigured`, which names every missing or malformed variable."""
        try:
            self.seal()
        except EnvValidationError as problems:
            messages = cast("dict[str, list[str]]", problems.error_messages)
            lines = [f"  {name}: {'; '.join(dict.fromkeys(errors))}" for name, errors in messages.items()]
            text = "\n".join(["The portal cannot start. These settings are missing or malformed:", *lines])
            raise ImproperlyConfigured(text) from None

    def _get_value(self, env_key: str, default: Any) -> Any:
        try:
            return super()._get_value(env_key, default)
        except (ValueError, OSError):
            self.add_error(env_key, f"{env_key}_FILE must name a readable text file")
            return default
