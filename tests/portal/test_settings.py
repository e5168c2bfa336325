"""The settings for different environments."""

import base64
import os
import re
import runpy
import shutil
import subprocess
import sys
from functools import partial
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from tests import cases

ROOT = Path(__file__).resolve().parents[2]
WORKSPACE = "6d1f3f0e-6a0e-4c7e-9d8b-2f4a5b6c7d8e"
PRODUCTION = {
    "SECRET_KEY": "production-" + "abcdefghij" * 5,
    "PORTAL_URL": "https://invite.studio.example",
    "TOKEN_KEYS": Fernet.generate_key().decode(),
    "AUDIT_KEY": "cHJvZHVjdGlvbi1wcm9kdWN0aW9uLXByb2R1Y3Rpb24=",
    "AWORK_WORKSPACES": WORKSPACE,
}
EVERY = {
    *PRODUCTION,
    *("DEBUG", "DEMO", "ALLOWED_HOSTS", "TRUSTED_PROXIES", "DATABASE_URL", "DATABASE_POOL"),
    *(
        "AWORK_API_URL",
        "AWORK_CLIENT_ID",
        "AWORK_CLIENT_SECRET",
        "AWORK_API_KEY",
        "AUDIT_CHECKPOINTS",
        "AUDIT_CHECKPOINTS_TOKEN",
        "METRICS_TOKEN",
        "DESK_TIME_ZONE",
        "EMAIL_URL",
        "EMAIL_FROM",
        "STATIC_ROOT",
    ),
}


OPTIONAL = {
    "DEBUG": "0",
    "DEMO": "0",
    "ALLOWED_HOSTS": "invite.studio.example",
    "TRUSTED_PROXIES": "10.0.0.0/8",
    "DATABASE_URL": "postgresql://desk:word@db.example/desk",
    "DATABASE_POOL": "transaction",
    "DESK_TIME_ZONE": "Europe/Berlin",
    "EMAIL_URL": "submission://desk:p%2Fw@mail.example",
    "EMAIL_FROM": "Desk <desk@studio.example>",
    "AWORK_API_URL": "https://awork.example/api/v1",
    "AWORK_CLIENT_ID": "desk",
    "AWORK_CLIENT_SECRET": "",
    "AWORK_API_KEY": "key",
    "AUDIT_CHECKPOINTS": "https://audit.example/checkpoints",
    "AUDIT_CHECKPOINTS_TOKEN": "t" * 20,
    "METRICS_TOKEN": "t" * 20,
    "STATIC_ROOT": "/srv/static",
}
FERNET_KEYS = [Fernet.generate_key().decode() for _ in range(2)]
SEED = base64.b64encode(b"seed" * 8).decode()


@pytest.fixture
def load(monkeypatch):
    """Load the settings from these variables."""

    def load(*, root=ROOT, **variables):
        for name in EVERY | {"OAUTHLIB_INSECURE_TRANSPORT"}:
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(f"{name}_FILE", raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(root / "portal" / "settings.py"))

    return load


def problems(load, **variables):
    with pytest.raises(ImproperlyConfigured) as problem:
        load(**variables)
    return str(problem.value)


def test_five_variables_are_enough(load):
    found = load(**PRODUCTION)
    assert found["ALLOWED_HOSTS"] == ["invite.studio.example"]
    assert found["AWORK_API_URL"] == "https://api.awork.com/api/v1"
    assert found["DATABASES"]["default"]["NAME"].endswith("var/portal.sqlite3")
    assert not found["DEBUG"]
    assert not found["DEMO"]
    assert "portal.standin" not in found["INSTALLED_APPS"]


def test_all_missing_variables_are_reported_together(load):
    said = problems(load)
    for name in PRODUCTION:
        assert f"  {name}: is required" in said


def test_all_malformed_variables_are_reported_together_without_their_values(load):
    bad = dict.fromkeys(EVERY, "bad bad")
    said = problems(load, **bad)
    for name in EVERY:
        assert f"  {name}: " in said
    assert "bad bad" not in said


@pytest.mark.parametrize("name", sorted(EVERY))
def test_each_variable_can_be_a_file_and_a_missing_file_is_reported(load, name):
    said = problems(load, **PRODUCTION, **{f"{name}_FILE": "/no/such/file"})
    assert said.splitlines()[1:] == [f"  {name}: {name}_FILE must name a readable text file"]


@pytest.mark.parametrize("name", sorted(PRODUCTION))
def test_each_is_read_from_its_file(load, tmp_path, name):
    (tmp_path / name).write_text(PRODUCTION[name] + "\n")
    others = {other: value for other, value in PRODUCTION.items() if other != name}
    assert load(**others, **{f"{name}_FILE": str(tmp_path / name)})[name] == load(**PRODUCTION)[name]


def test_https_makes_every_flag_strict(load):
    found = load(**PRODUCTION)
    assert found["SESSION_COOKIE_SECURE"]
    assert found["CSRF_COOKIE_SECURE"]
    assert found["SECURE_SSL_REDIRECT"]
    assert found["SECURE_HSTS_SECONDS"] == 365 * 24 * 3600
    assert found["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")
    assert found["SESSION_COOKIE_HTTPONLY"]
    assert found["SESSION_COOKIE_SAMESITE"] == "Lax"
    assert "OAUTHLIB_INSECURE_TRANSPORT" not in os.environ


def test_plain_http_on_this_machine_works_without_them(load):
    found = load(**PRODUCTION | {"PORTAL_URL": "http://localhost:8000"})
    assert not found["SESSION_COOKIE_SECURE"]
    assert not found["SECURE_SSL_REDIRECT"]
    assert not found["SECURE_HSTS_SECONDS"]
    assert found["SECURE_PROXY_SSL_HEADER"] is None


@pytest.mark.parametrize("name", ["PORTAL_URL", "AWORK_API_URL"])
def test_plain_http_is_refused_on_other_hosts(load, name):
    said = problems(load, **PRODUCTION | {name: "http://studio.example"})
    assert f"  {name}: must begin with https://" in said


def test_capital_letters_do_not_weaken_the_cookies(load):
    assert load(**PRODUCTION | {"PORTAL_URL": "HTTPS://INVITE.studio.example"})["SESSION_COOKIE_SECURE"]


def test_the_demo_needs_no_workspace_but_stays_on_this_machine(load):
    demo = PRODUCTION | {"DEMO": "1", "AWORK_WORKSPACES": ""}
    assert "portal.standin" in load(**demo | {"PORTAL_URL": "http://127.0.0.1:8000"})["INSTALLED_APPS"]
    assert "  DEMO: " in problems(load, **demo)


def test_lists_are_separated_by_commas(load):
    keys = [Fernet.generate_key().decode() for _ in range(2)]
    found = load(
        **PRODUCTION | {"TOKEN_KEYS": f"{keys[0]}, {keys[1]},", "ALLOWED_HOSTS": "a.example,b.example"}
    )
    assert found["TOKEN_KEYS"] == keys
    assert found["ALLOWED_HOSTS"] == ["a.example", "b.example"]


def test_proxies_are_this_machine_unless_others_are_named(load):
    assert load(**PRODUCTION)["TRUSTED_PROXIES"] == [
        *(ip_network("127.0.0.0/8"), ip_network("::1")),
        "unix",
    ]
    named = load(**PRODUCTION | {"TRUSTED_PROXIES": "192.0.2.7, 10.0.0.0/8,2001:db8::/32, unix"})
    networks = [ip_network(one) for one in ("192.0.2.7", "10.0.0.0/8", "2001:db8::/32")]
    assert named["TRUSTED_PROXIES"] == [*networks, "unix"]


def test_static_files_are_collected_under_var_unless_a_directory_is_given(load):
    assert load(**PRODUCTION)["STATIC_ROOT"] == str(ROOT / "var" / "static")
    assert load(**PRODUCTION, STATIC_ROOT="/srv/static")["STATIC_ROOT"] == "/srv/static"
    assert "  STATIC_ROOT: must be the absolute path" in problems(load, **PRODUCTION, STATIC_ROOT="static")


def test_a_client_secret_needs_a_client_id(load):
    said = problems(load, **PRODUCTION | {"AWORK_CLIENT_SECRET": "hush"})
    assert "  AWORK_CLIENT_SECRET: needs AWORK_CLIENT_ID" in said
    assert "hush" not in said


@pytest.mark.parametrize("target", ["", "/checkpoints.txt"])
def test_a_token_for_checkpoints_needs_a_url(load, target):
    said = problems(load, **PRODUCTION | {"AUDIT_CHECKPOINTS_TOKEN": "h" * 20, "AUDIT_CHECKPOINTS": target})
    assert "  AUDIT_CHECKPOINTS_TOKEN: needs a URL as AUDIT_CHECKPOINTS" in said
    assert "hhh" not in said


@pytest.mark.parametrize("token", ["short", "t" * 19 + " ", "t" * 20 + "\u00e9", "t" * 20 + "\r\nX: y"])
def test_a_token_for_checkpoints_is_valid_in_a_header(load, token):
    settings = {"AUDIT_CHECKPOINTS_TOKEN": token, "AUDIT_CHECKPOINTS": "https://audit.example/"}
    said = problems(load, **PRODUCTION | settings)
    assert "  AUDIT_CHECKPOINTS_TOKEN: must" in said
    assert "ttt" not in said


def example():
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_the_example_shows_every_variable_that_is_read():
    source = (ROOT / "portal" / "settings.py").read_text()
    read = set(re.findall(r'env\.(?:read|read_list|str|bool)\(\s*"(\w+)"', source))
    assert read == EVERY == set(example())


def test_the_readme_lists_every_variable_but_the_demo():
    rows = re.findall(r"^\| (`[A-Z_`, ]+`) \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert set(re.findall(r"[A-Z_]+", "".join(rows))) == EVERY - {"DEMO"}


def test_the_example_starts_once_its_blanks_are_filled_and_holds_no_secret(load):
    blank = {name for name, value in example().items() if not value}
    assert {"SECRET_KEY", "TOKEN_KEYS", "AUDIT_KEY"} <= blank
    load(**example() | {name: PRODUCTION[name] for name in PRODUCTION if name in blank})


@pytest.mark.parametrize("name", ["SECRET_KEY", "TOKEN_KEYS", "AUDIT_KEY"])
def test_the_example_says_how_to_make_each_key(load, name):
    before = (ROOT / ".env.example").read_text().split(f"\n{name}=")[0]
    command = re.findall(r"python3 -c '(.+)'", before)[-1]
    made = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    load(**PRODUCTION | {name: made.stdout.strip()})


def start(*command, **variables):
    unwanted = EVERY | {"DJANGO_ALLOW_ASYNC_UNSAFE"}
    bare = {name: value for name, value in os.environ.items() if name not in unwanted}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=bare | variables, capture_output=True, text=True, timeout=60
    )


def test_nothing_starts_while_a_setting_is_wrong():
    without = PRODUCTION | {"TOKEN_KEYS": "not-a-key", "DJANGO_SETTINGS_MODULE": "portal.settings"}
    for command in (["manage.py", "check"], ["manage.py", "migrate"], ["-c", "import portal.wsgi"]):
        ended = start(*command, **without)
        assert ended.returncode != 0
        assert "TOKEN_KEYS: must be Fernet keys" in ended.stderr
        assert "not-a-key" not in ended.stderr + ended.stdout


def test_the_settings_import_no_model():
    code = "import sys, portal.settings; sys.exit('django.db' in sys.modules)"
    assert start("-c", code, **PRODUCTION).returncode == 0


def test_the_deployment_check_is_clean():
    settings = PRODUCTION | {"DJANGO_SETTINGS_MODULE": "portal.settings"}
    ended = start("manage.py", "check", "--deploy", "--fail-level", "WARNING", **settings)
    assert ended.stderr == ""
    assert ended.returncode == 0


def test_options_of_the_database_url_are_kept(load):
    url = "postgresql://desk:word@db.example/desk?options=-c%20statement_timeout%3D90s&sslmode=require"
    options = load(**PRODUCTION, DATABASE_URL=url)["DATABASES"]["default"]["OPTIONS"]
    assert options["sslmode"] == "require"
    limits = ["-c statement_timeout=90s", "-c idle_in_transaction_session_timeout=20s"]
    assert options["options"] == " ".join(limits)


def test_what_a_pool_of_connections_would_lose_is_not_used(load):
    url = "postgresql://desk:word@db.example/desk"
    plain = load(**PRODUCTION, DATABASE_URL=url)["DATABASES"]["default"]
    assert "options" in plain["OPTIONS"]
    assert plain["DISABLE_SERVER_SIDE_CURSORS"] is False
    pooled = load(**PRODUCTION, DATABASE_URL=url, DATABASE_POOL="transaction")["DATABASES"]["default"]
    assert pooled["DISABLE_SERVER_SIDE_CURSORS"] is True
    assert "options" not in pooled.get("OPTIONS", {})


@pytest.mark.parametrize(
    ("url", "pool", "words"),
    [
        ("postgresql://desk:word@db.example/desk", "session", "DATABASE_POOL: must be transaction"),
        ("", "transaction", "DATABASE_POOL: is for PostgreSQL only"),
        (
            "postgresql://db.example/desk?options=-c%20a%3Db",
            "transaction",
            "DATABASE_URL: can't have options",
        ),
    ],
)
def test_a_pool_that_cannot_be_used_is_named(load, url, pool, words):
    assert words in problems(load, **PRODUCTION, DATABASE_URL=url, DATABASE_POOL=pool)


def test_of_several_secret_keys_the_first_signs(load):
    found = load(**PRODUCTION | {"SECRET_KEY": f"{'n' * 50}, {'o' * 50}"})
    assert (found["SECRET_KEY"], found["SECRET_KEY_FALLBACKS"]) == ("n" * 50, ["o" * 50])
    assert "SECRET_KEY: must have" in problems(load, **PRODUCTION | {"SECRET_KEY": f"{'n' * 50}, short"})


def test_of_several_audit_keys_the_present_one_can_be_behind_the_new_one(load):
    new = base64.b64encode(b"n" * 32).decode()
    found = load(**PRODUCTION | {"AUDIT_KEY": f"{new},{PRODUCTION['AUDIT_KEY']}"})
    assert found["AUDIT_KEY"] == b"n" * 32
    assert found["AUDIT_KEY_FALLBACKS"] == [base64.b64decode(PRODUCTION["AUDIT_KEY"])]


def test_a_database_elsewhere_needs_no_folder_beside_the_code(load, monkeypatch, tmp_path):
    def read_only(*_args, **_options):
        raise PermissionError

    monkeypatch.setattr(Path, "mkdir", read_only)
    assert load(**PRODUCTION, DATABASE_URL=f"sqlite:///{tmp_path}/portal.sqlite3")
    said = problems(load, **PRODUCTION, DATABASE_URL=f"sqlite:///{tmp_path}/none/portal.sqlite3")
    assert said.endswith(f"\n  DATABASE_URL: there is no folder {tmp_path}/none")


def test_without_a_folder_beside_the_code_a_database_must_be_named(load, monkeypatch, tmp_path):
    (tmp_path / "portal").mkdir()
    for name in ("pyproject.toml", "portal/settings.py"):
        shutil.copy(ROOT / name, tmp_path / name)

    def read_only(*_args, **_options):
        raise PermissionError

    monkeypatch.setattr(Path, "mkdir", read_only)
    said = problems(partial(load, root=tmp_path), **PRODUCTION)
    assert said.endswith(f"\n  DATABASE_URL: there is no folder {tmp_path}/var")


def test_the_server_does_not_start_without_static_files(tmp_path):
    variables = PRODUCTION | {"DJANGO_SETTINGS_MODULE": "portal.settings", "STATIC_ROOT": str(tmp_path)}
    ended = start("-c", "import portal.wsgi", **variables)
    assert ended.returncode == 4
    assert ended.stderr.startswith("The portal cannot start. STATIC_ROOT: there are no static files in ")


def filled_in(text):
    for placeholder, key in zip(("KEY1", "KEY2", "SEED"), (*FERNET_KEYS, SEED), strict=True):
        text = text.replace(placeholder, key)
    return text


def as_text(value):
    if isinstance(value, list):
        return ",".join(map(str, value))
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        config = value["default"]
        return f"{config['USER']}@{config['HOST']}:{config['PORT']}/{config['NAME']}"
    return str(value)


def setting(found, name):
    """What became of the variable of this name."""
    return found[{"DATABASE_URL": "DATABASES", "EMAIL_URL": "MAIL_SERVER"}.get(name, name)]


@pytest.mark.parametrize(("name", "value", "outcome"), cases.rows("settings"))
def test_a_value_is_used_or_its_variable_is_named(load, name, value, outcome):
    value, (kind, _, expected) = filled_in(value), filled_in(outcome).partition(" ")
    if kind == "=":
        assert as_text(setting(load(**PRODUCTION | {name: value}), name)) == expected
    elif kind == "warning:":
        assert load(**PRODUCTION, **{name: value})["MISSPELT_SETTINGS"] == {name: expected}
    else:
        said = problems(load, **PRODUCTION | {name: value}).splitlines()[1:]
        assert len(said) == 1
        assert said[0].startswith(f"  {name}: ")
        assert expected in said[0]
        assert not any(part in said[0] for part in ("ss@db", *FERNET_KEYS, SEED))


AROUND = [" {} ", "\ufeff{}", '"{}"', "'{}'", ' "{} "\r\n', "\n{}\n"]


@pytest.mark.parametrize("around", AROUND)
def test_what_is_around_a_value_is_dropped_in_variables_and_files(load, tmp_path, around):
    good = PRODUCTION | OPTIONAL
    plain = load(**good)
    values = {name: around.format(value) for name, value in good.items() if value}
    for name, value in values.items():
        (tmp_path / name).write_bytes(value.encode())
    for found in (load(**values), load(**{f"{name}_FILE": str(tmp_path / name) for name in values})):
        assert {name: setting(found, name) for name in EVERY} == {
            name: setting(plain, name) for name in EVERY
        }


@pytest.mark.parametrize("blank", ["", " ", '""', "\ufeff"])
def test_a_blank_value_is_as_good_as_none(load, blank):
    assert problems(load, **dict.fromkeys(EVERY, blank)) == problems(load)
    plain, found = load(**PRODUCTION), load(**PRODUCTION | dict.fromkeys(OPTIONAL, blank))
    assert [setting(found, name) for name in sorted(EVERY)] == [
        setting(plain, name) for name in sorted(EVERY)
    ]


@pytest.mark.parametrize("content", [None, b"", b" \r\n", b"\xff\xfea", b"a\0b"])
@pytest.mark.parametrize("name", ["SECRET_KEY", "DEBUG", "METRICS_TOKEN"])
def test_a_file_without_a_value_is_named(load, tmp_path, name, content):
    path = tmp_path / "value"
    if content is not None:  # else it is a directory
        path.write_bytes(content)
    others = {other: value for other, value in PRODUCTION.items() if other != name}
    said = problems(load, **others, **{f"{name}_FILE": str(path if content is not None else tmp_path)})
    assert said.splitlines()[1].startswith(f"  {name}: ")
    assert len(said.splitlines()) == 2


def test_a_missing_setting_may_be_a_misspelt_one(load, monkeypatch):
    monkeypatch.setenv("TOKEN_KEY", "hush")
    monkeypatch.setenv("\ufeffPORTAL_URL", "hush")  # the first line of a file with a byte order mark
    said = problems(load, **{name: value for name, value in PRODUCTION.items() if name != "TOKEN_KEYS"})
    assert said.splitlines()[1:] == [
        "  TOKEN_KEYS: is required",
        "  TOKEN_KEY is not a setting; did you mean TOKEN_KEYS?",
        "  \ufeffPORTAL_URL is not a setting; did you mean PORTAL_URL?",
    ]
