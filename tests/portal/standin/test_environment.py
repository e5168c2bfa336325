"""The environment variables that `manage.py demo` and `standin` set."""

import json
import re

import pytest

from portal.environment import ed25519_seed, fernet_key, secret_key
from portal.standin.environment import DATA, UNSET, prepare
from tests.served import HERE


def prepared(data, *arguments: str, command: str = "demo", **shell: str) -> dict[str, str]:
    environment = dict(shell)
    prepare(command, ["--data", str(data), *arguments], environment)
    return environment


def test_everything_follows_from_the_port(tmp_path):
    env = prepared(tmp_path, "--port", "8123")
    assert env["PORTAL_URL"] == "http://127.0.0.1:8123"
    assert env["AWORK_API_URL"] == "http://127.0.0.1:8123/standin/api/v1"
    assert env["DATABASE_URL"] == f"sqlite:///{tmp_path}/portal.sqlite3"
    assert env["STATIC_ROOT"] == f"{tmp_path}/static"
    assert env["DEMO"] == "1"


def test_each_command_has_its_own_port(tmp_path):
    assert prepared(tmp_path)["PORTAL_URL"].endswith(":8000")
    assert prepared(tmp_path, command="standin")["PORTAL_URL"].endswith(":8001")


def test_the_keys_are_valid_and_stay_the_same(tmp_path):
    env = prepared(tmp_path)
    assert secret_key(env["SECRET_KEY"])
    assert fernet_key(env["TOKEN_KEYS"])
    assert ed25519_seed(env["AUDIT_KEY"])
    assert prepared(tmp_path) == env
    assert prepared(tmp_path / "other")["SECRET_KEY"] != env["SECRET_KEY"]


def test_only_the_owner_can_read_the_keys(tmp_path):
    prepared(tmp_path)
    path = tmp_path / "keys.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert set(json.loads(path.read_text())) == {"SECRET_KEY", "TOKEN_KEYS", "AUDIT_KEY"}


def test_settings_of_a_real_workspace_are_overridden(tmp_path):
    shell = {
        "AWORK_API_URL": "https://api.awork.com/api/v1",
        "AWORK_CLIENT_ID": "real",
        "AWORK_CLIENT_SECRET_FILE": "/run/secrets/awork",
        "DATABASE_URL": "postgresql://real/portal",
        "SECRET_KEY_FILE": "/run/secrets/key",
        "DJANGO_SETTINGS_MODULE": "elsewhere.settings",
        "PATH": "/bin",
    }
    env = prepared(tmp_path, **shell)
    assert "127.0.0.1" in env["AWORK_API_URL"]
    assert "sqlite" in env["DATABASE_URL"]
    assert env["DJANGO_SETTINGS_MODULE"] == "portal.settings"
    assert env["PATH"] == "/bin"
    assert not [name for name in env if name in UNSET or name.endswith("_FILE")]


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "8_000", "²"])
def test_an_invalid_port_is_reported(tmp_path, capsys, port):
    with pytest.raises(SystemExit):
        prepared(tmp_path, f"--port={port}")
    assert "must be a number from 1 to 65535" in capsys.readouterr().err


def test_other_arguments_are_ignored(tmp_path):
    assert prepared(tmp_path, "--tasks", "50000", "--delay", "100", "--verbosity=2")["DEMO"] == "1"


def test_data_is_stored_under_var():
    assert DATA.parts[-2:] == ("var", "demo")


def test_no_setting_of_the_shell_is_left(tmp_path):
    names = re.findall(r"^([A-Z_]+)=", (HERE / ".env.example").read_text(), re.MULTILINE)
    shell = {f"{name}{end}": "of the shell" for name in names for end in ("", "_FILE")}
    assert "of the shell" not in prepared(tmp_path, **shell).values()
