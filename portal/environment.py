"""Reads environment variables and reports all missing or malformed ones at once.

Each variable `NAME` can also be set as `NAME_FILE`, the path of a file that contains the value. Blanks, a
byte order mark and a pair of quotes around the value are dropped; what is blank then counts as not set.
"""

import base64
import os
import re
from collections.abc import Mapping
from email.utils import formataddr
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import dj_database_url
import idna
from django.core.exceptions import ImproperlyConfigured
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import EmailValidator
from environs import EnvValidationError, FileAwareEnv, ValidationError

from portal.file_access import sqlite_problem

SEED_BYTES = 32
SECRET_LENGTH = 50
TOKEN_LENGTH = 20
UNIX = "unix"  # a peer on a Unix socket, which has no address
URL_EXPECTED = "must be a URL such as https://invite.example"
DATABASE_EXPECTED = (
    "must be a URL such as postgresql://user:password@host/name;"
    " encode the password if it has special characters, such as / as %2F"
)
MAIL_PORTS = {"smtp": 25, "submission": 587, "smtps": 465}
MAIL_EXPECTED = (
    "must be a URL such as submission://user:password@mail.example;"
    " encode special characters of the password, such as / as %2F"
)
MAILBOX = re.compile(r"(?:(?P<name>[^<>@,;]*)<)?(?P<address>[^<>\s,;]+)(?(name)>)")
BLANKS = "\ufeff \t\r\n"  # with the byte order mark that Windows editors write
BETWEEN_ITEMS = re.compile(r"[,;\r\n]")
DEFAULT_PORTS = {"http": 80, "https": 443}
ENGINES = {"django.db.backends.sqlite3", "django.db.backends.postgresql"}
URL_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]")
FERNET_KEY = re.compile(r"[A-Za-z0-9_+/-]{43}=")  # Fernet itself ignores what follows the `=`
POOL = "transaction"  # a pool that gives each transaction another connection, as pgbouncer can
HOST = re.compile(r"\*|\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:.]+\]")


def is_loopback(host: str) -> bool:
    """Whether this host name always means the local machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def url(value: str) -> str:
    """A URL as browsers write it, without a trailing slash: https, or plain http on a loopback host."""
    try:
        parts = urlsplit(value)
        name, port = bracketed(ascii_host(parts.hostname or "")), parts.port
    except ValueError:
        raise ValidationError(URL_EXPECTED) from None
    extras = parts.query or parts.fragment or parts.username is not None or any(map(str.isspace, value))
    if parts.scheme not in DEFAULT_PORTS or not URL_HOST.fullmatch(name) or port == 0 or extras:
        raise ValidationError(URL_EXPECTED)
    if parts.scheme == "http" and not is_loopback(name.strip("[]")):
        raise ValidationError("must begin with https:// (plain http is for loopback hosts only)")
    netloc = f"{name}:{port}" if port not in {None, DEFAULT_PORTS[parts.scheme]} else name
    return parts._replace(netloc=netloc).geturl().rstrip("/")


def ascii_host(name: str) -> str:
    """A host as DNS and the Host header have it: `bücher.example` becomes `xn--bcher-kva.example`.

    Raises ValueError for what is neither a host name nor an IP address.
    """
    if ":" in name:
        return ip_address(name).compressed
    return name if name.isascii() else idna.encode(name, uts46=True).decode()


def bracketed(name: str) -> str:
    """A host as in a URL: IPv6 addresses are in brackets."""
    return f"[{name}]" if ":" in name else name


def origin(value: str) -> str:
    """A URL that consists of scheme, host and port."""
    parsed = url(value)
    if urlsplit(parsed).path:
        raise ValidationError("must be an origin without a path, such as https://invite.example")
    return parsed


def url_or_path(value: str) -> str:
    """A URL, or the absolute path of a file, which may not exist yet."""
    if "://" in value:
        return url(value)
    if not Path(value).is_absolute():
        raise ValidationError("must be an https URL or the absolute path of a file")
    if os.path.isdir(value) or not os.path.isdir(Path(value).parent):  # noqa: PTH112  # they never raise
        raise ValidationError("must be a file in a folder that exists")
    return value


def directory(value: str) -> str:
    """An absolute path: a relative one would depend on where the process was started."""
    if not Path(value).is_absolute() or os.path.isfile(value):  # noqa: PTH113  # it never raises
        raise ValidationError("must be the absolute path of a directory")
    return value


def host(value: str) -> str:
    """A host as in Django's ALLOWED_HOSTS: a name, an IP address, `.example` for all subdomains, or `*`."""
    try:
        name = value if value.isascii() else ascii_host(value)
    except ValueError:
        name = ""
    if not HOST.fullmatch(name):
        raise ValidationError("must be host names without scheme or port, separated by commas")
    return name


def host_of(url: str) -> str:
    """The host of a URL as in the Host header, but without port: IPv6 addresses are in brackets."""
    return bracketed(urlsplit(url).hostname or "")


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
    """The entry of Django's DATABASES for this URL. A file of SQLite must be writable."""
    try:
        parts, config = urlsplit(value), dj_database_url.parse(value)
    except ValueError:
        raise ValidationError(DATABASE_EXPECTED) from None
    # A special character of the password ended it: the rest was taken for the database's name.
    misread = parts.fragment or "@" in parts.path or "@" in parts.query
    if misread or config.get("ENGINE") not in ENGINES or not config.get("NAME"):
        raise ValidationError(DATABASE_EXPECTED)
    if "sqlite" in config["ENGINE"] and (problem := sqlite_problem(Path(config["NAME"]))):
        raise ValidationError(problem)
    return cast("dict[str, Any]", config)


def database_pool(value: str) -> str:
    """How the pool in front of PostgreSQL shares connections."""
    if value != POOL:
        raise ValidationError(f"must be {POOL}, or not be set")
    return value


def time_zone(value: str) -> str:
    """The name of a time zone in the tz database."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValidationError("must be the name of a time zone, such as Europe/Berlin") from None
    return value


def mail_server(value: str) -> dict[str, Any]:
    """Django's settings for the server of this URL, with TLS unless it is on this machine."""
    try:
        parts = urlsplit(value)
        host, port = ascii_host(parts.hostname or ""), parts.port
    except ValueError:
        raise ValidationError(MAIL_EXPECTED) from None
    extras = parts.query or parts.fragment or parts.path.strip("/") or any(map(str.isspace, value))
    is_login = (parts.username is None) == (parts.password is None)  # both, or none
    known = parts.scheme in MAIL_PORTS and URL_HOST.fullmatch(bracketed(host))
    if not known or not is_login or parts.username == "" or port == 0 or extras:
        raise ValidationError(MAIL_EXPECTED)
    if parts.scheme == "smtp" and not is_loopback(host):
        raise ValidationError("must begin with submission:// or smtps:// (smtp is for loopback hosts only)")
    return {
        "host": host,
        "port": port or MAIL_PORTS[parts.scheme],
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "starts_tls": parts.scheme == "submission",
        "is_tls": parts.scheme == "smtps",
    }


def mailbox(value: str) -> str:
    """An e-mail address, which may have a name in front of it, as a mail's header has it."""
    found = MAILBOX.fullmatch(value)
    name, address = (found["name"] or "", found["address"]) if found else ("", "")
    try:
        EmailValidator()(address)
    except DjangoValidationError:
        raise ValidationError("must be an address such as Desk <desk@studio.example>") from None
    return formataddr((name.strip(' "'), address))


def secret_key(value: str) -> str:
    """A key that is long enough for signing."""
    if len(value) < SECRET_LENGTH:
        raise ValidationError(f"must have at least {SECRET_LENGTH} characters, each of several too")
    return value


def fernet_key(value: str) -> str:
    """A Fernet key as `Fernet.generate_key()` makes it."""
    if not FERNET_KEY.fullmatch(value):
        raise ValidationError("must be Fernet keys (base64 of 32 bytes), separated by commas")
    return value


def ed25519_seed(value: str) -> bytes:
    """The bytes of an Ed25519 private key."""
    try:
        raw = base64.b64decode(value, validate=True)
    except ValueError:
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
        super().__init__(eager=False)
        self.names: set[str] = set()  # of all settings

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
        """A variable with items between commas, semicolons or line breaks, each parsed by `parse`."""
        value = self.str(name, "") or default
        items = [item.strip() for item in BETWEEN_ITEMS.split(value) if item.strip()]
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

    def raise_errors(self, misspelt: Mapping[str, str] | None = None) -> None:
        """Raise `ImproperlyConfigured`, which names each missing, malformed and misspelt variable."""
        try:
            self.seal()
        except EnvValidationError as problems:
            messages = cast("dict[str, list[str]]", problems.error_messages)
            lines = [f"  {name}: {'; '.join(dict.fromkeys(errors))}" for name, errors in messages.items()]
            lines += [
                f"  {name} is not a setting; did you mean {meant}?"
                for name, meant in (misspelt or {}).items()
            ]
            text = "\n".join(["The portal cannot start. These settings are missing or malformed:", *lines])
            raise ImproperlyConfigured(text) from None

    def _get_value(self, env_key: str, default: Any) -> Any:
        self.names.add(env_key)
        try:
            value = super()._get_value(env_key, "")
        except (ValueError, OSError):
            self.add_error(env_key, f"{env_key}_FILE must name a readable text file")
            return default
        text = unquoted(value)
        if not text and os.environ.get(f"{env_key}_FILE"):
            self.add_error(env_key, f"{env_key}_FILE names an empty file")
        if not all(line.isprintable() for line in text.splitlines()):
            self.add_error(env_key, "contains a character that can't be printed")
            return default
        return text or default


def unquoted(value: str) -> str:
    """The value without what is around it: blanks, and the quotes of an environment file."""
    text = value.strip(BLANKS)
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1].strip(BLANKS)
    return text
