"""The environment variables that `manage.py demo` and `standin` set before Django reads its settings."""

import argparse
import base64
import json
import os
import secrets
from collections.abc import MutableMapping, Sequence
from pathlib import Path

from portal.standin.seed import MAIN

BASE = "/standin/api/v1"  # the path of the API, in the demo and on a separate port
API_KEY = "standin-api-key-with-administrator-rights"
DATA = Path(__file__).resolve().parents[2] / "var" / "demo"
DEMO_PORT, STANDIN_PORT = 8000, 8001
UNSET = (
    *("DEBUG", "AWORK_CLIENT_ID", "AWORK_CLIENT_SECRET", "AUDIT_CHECKPOINTS", "AUDIT_CHECKPOINTS_TOKEN"),
    *("DATABASE_POOL", "DESK_TIME_ZONE", "EMAIL_FROM", "EMAIL_URL", "METRICS_TOKEN", "TRUSTED_PROXIES"),
)


def prepare(
    command: str, arguments: Sequence[str], environment: MutableMapping[str, str] = os.environ
) -> None:
    """Set every variable that the settings read, overriding the shell's.

    Keys are generated at the first start and stored in a file that only its owner can read.
    """
    parser = argparse.ArgumentParser(add_help=False)
    add_arguments(parser, DEMO_PORT if command == "demo" else STANDIN_PORT)
    given, _ = parser.parse_known_args(arguments)
    origin = f"http://127.0.0.1:{given.port}"
    variables = {
        **load_keys(given.data),
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DEMO": "1",
        "PORTAL_URL": origin,
        "ALLOWED_HOSTS": "127.0.0.1",
        "AWORK_API_URL": f"{origin}{BASE}",
        "AWORK_API_KEY": API_KEY,
        "AWORK_WORKSPACES": str(MAIN),
        "DATABASE_URL": f"sqlite:///{given.data / 'portal.sqlite3'}",
        "STATIC_ROOT": str(given.data / "static"),
    }
    for name in (*variables, *UNSET):
        environment.pop(name, None)
        environment.pop(f"{name}_FILE", None)
    environment.update(variables)


def add_arguments(parser: argparse.ArgumentParser, port: int) -> None:
    """Add the options of both commands."""
    parser.add_argument("--port", type=port_number, default=port, help="the port to listen on")
    parser.add_argument("--tasks", type=int, default=2000, help="the number of tasks")
    parser.add_argument(
        "--data", type=lambda value: Path(value).resolve(), default=DATA, help="the data directory"
    )


def port_number(value: str) -> int:
    """Parse a port to listen on."""
    if not value.isascii() or not value.isdigit() or not 0 < int(value) < 65536:
        raise argparse.ArgumentTypeError("must be a number from 1 to 65535")
    return int(value)


def load_keys(directory: Path) -> dict[str, str]:
    """The demo's keys, generated at the first start."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "keys.json"
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(fresh_keys(), file)
    keys: dict[str, str] = json.loads(path.read_text())
    return keys


def fresh_keys() -> dict[str, str]:
    """Generate new keys."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "TOKEN_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "AUDIT_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
    }
