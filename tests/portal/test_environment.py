"""Parsers of environment variables."""

import base64

import pytest
from django.core.exceptions import ImproperlyConfigured
from environs import ValidationError

from portal import environment


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "::1"])
def test_a_loopback_host_is_the_machine_itself(host):
    assert environment.is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "localhost.studio.example", "10.0.0.1", "192.168.1.1", "127.0.0.1.studio.example"]
)
def test_other_hosts_are_not(host):
    assert not environment.is_loopback(host)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://invite.studio.example", "https://invite.studio.example"),
        ("https://invite.studio.example/", "https://invite.studio.example"),
        ("HTTPS://Invite.Studio.example:8443", "https://invite.studio.example:8443"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://invite.studio.example:443", "https://invite.studio.example"),
        ("http://[::1]:80", "http://[::1]"),
        ("https://invite.studio.example:80", "https://invite.studio.example:80"),
    ],
)
def test_an_origin_is_normalised(given, kept):
    assert environment.origin(given) == kept


@pytest.mark.parametrize(
    "value",
    [
        "invite.studio.example",
        "ftp://invite.studio.example",
        "https:///desk",
        "https://invite.studio.example/desk",
        "https://invite.studio.example?x=1",
        "https://invite.studio.example#x",
        "https://user:password@invite.studio.example",
        "https://invite.studio.example:port",
        "https://invite.studio.example:0",
        "https://[::1",
        "http://invite.studio.example",
        "http://10.0.0.1:8000",
    ],
)
def test_what_is_no_origin_is_refused_without_its_value(value):
    with pytest.raises(ValidationError) as problem:
        environment.origin(value)
    assert value not in str(problem.value)


def test_the_address_of_awork_may_have_a_path():
    assert environment.url("https://api.awork.example/api/v1/") == "https://api.awork.example/api/v1"


@pytest.mark.parametrize("value", ["invite.example", ".example", "127.0.0.1", "[::1]", "*", "localhost"])
def test_host_names_are_accepted(value):
    assert environment.host(value) == value


@pytest.mark.parametrize(
    "value", ["https://invite.example", "invite.example:443", "in vite", "invite..example", "/"]
)
def test_what_is_no_host_name_is_refused(value):
    with pytest.raises(ValidationError):
        environment.host(value)


def test_databases_are_sqlite_and_postgresql():
    assert environment.database_config("sqlite:///desk.sqlite3")["NAME"] == "desk.sqlite3"
    assert environment.database_config("postgresql://desk:word@db.example/desk")["HOST"] == "db.example"


@pytest.mark.parametrize(
    "value",
    [
        "desk",
        "postgresql://desk:word@db.example",
        "postgresql://db.example:port/desk",
        "mysql://db.example/desk",
    ],
)
def test_other_databases_are_refused_without_their_password(value):
    with pytest.raises(ValidationError) as problem:
        environment.database_config(value)
    assert "word@db" not in str(problem.value)


@pytest.mark.parametrize("length", [31, 33])
def test_a_seed_has_32_bytes(length):
    with pytest.raises(ValidationError):
        environment.ed25519_seed(base64.b64encode(b"s" * length).decode())
    assert environment.ed25519_seed(base64.b64encode(b"s" * 32).decode()) == b"s" * 32


def test_a_bearer_token_has_20_characters_that_a_header_can_hold():
    assert environment.bearer_token("t" * 20) == "t" * 20
    for bad in ("t" * 19, "t" * 19 + " t", "t" * 20 + "é"):
        with pytest.raises(ValidationError):
            environment.bearer_token(bad)


def test_a_file_stands_in_for_a_variable(monkeypatch, tmp_path):
    (tmp_path / "key").write_text("k" * 60 + "\n")
    monkeypatch.setenv("DESK_KEY_FILE", str(tmp_path / "key"))
    env = environment.Environment()
    assert env.read("DESK_KEY", environment.secret_key) == "k" * 60
    env.raise_errors()


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named_once(monkeypatch, tmp_path, content):
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("DESK_KEY_FILE", str(path))
    env = environment.Environment()
    env.read("DESK_KEY", environment.secret_key)
    env.str("DESK_KEY", "")
    with pytest.raises(ImproperlyConfigured) as problem:
        env.raise_errors()
    assert str(problem.value).endswith("\n  DESK_KEY: DESK_KEY_FILE must name a readable text file")


@pytest.mark.parametrize("value", ["10.0.0.0/8", "192.0.2.7", "::1", "2001:db8::/32", "unix"])
def test_a_proxy_is_an_address_a_range_or_a_socket(value):
    assert str(environment.proxy(value)).startswith(value)


@pytest.mark.parametrize(
    "value", ["", "proxy.example", "10.0.0.0/40", "10.0.0.1/8", "*", "10.0.0.0/8;::1", "unix:/run/a"]
)
def test_other_proxies_are_refused(value):
    with pytest.raises(ValidationError):
        environment.proxy(value)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://invite.studio.example:8443", "invite.studio.example"),
        ("http://127.0.0.1:8000", "127.0.0.1"),
        ("http://[::1]:8000", "[::1]"),
        ("", ""),
    ],
)
def test_the_host_of_a_url_is_as_in_the_host_header(url, host):
    assert environment.host_of(url) == host


@pytest.mark.parametrize(
    ("value", "server"),
    [
        ("submission://desk:p%2Fw@mail.example", ("mail.example", 587, "desk", "p/w", True, False)),
        ("smtps://desk:word@MAIL.example:2465/", ("mail.example", 2465, "desk", "word", False, True)),
        ("submission://mail.example", ("mail.example", 587, "", "", True, False)),
        ("smtp://localhost:1025", ("localhost", 1025, "", "", False, False)),
        ("smtp://[::1]", ("::1", 25, "", "", False, False)),
    ],
)
def test_a_mail_server_has_tls_unless_it_is_on_this_machine(value, server):
    assert tuple(environment.mail_server(value).values()) == server


@pytest.mark.parametrize(
    "value",
    [
        *("mail.example", "https://mail.example", "submission://", "submission://mail.example/inbox"),
        *("smtp://mail.example", "submission://secret@mail.example", "submission://:secret@mail.example"),
        *("submission://desk:sec/ret@mail.example", "submission://desk:secret@mail.example:0"),
        *("submission://desk:secret@mail.example:x", "submission://desk:secret@mail.example?tls=1"),
        *("submission://desk:secret@mail..example", "submission://desk:sec ret@mail.example"),
    ],
)
def test_other_mail_servers_are_refused_without_their_password(value):
    with pytest.raises(ValidationError) as problem:
        environment.mail_server(value)
    assert "secret" not in str(problem.value)


@pytest.mark.parametrize(
    ("value", "header"),
    [
        ("desk@studio.example", "desk@studio.example"),
        ("Desk <desk@studio.example>", "Desk <desk@studio.example>"),
        ('"The desk" <desk@studio.example>', "The desk <desk@studio.example>"),
        ("Büro <desk@studio.example>", "=?utf-8?b?QsO8cm8=?= <desk@studio.example>"),
    ],
)
def test_the_sender_is_one_address(value, header):
    assert environment.mailbox(value) == header


@pytest.mark.parametrize(
    "value", ["desk", "a@b.example, c@d.example", "Desk desk@studio.example", "<desk@studio.example", "a@b@c"]
)
def test_what_is_no_address_is_no_sender(value):
    with pytest.raises(ValidationError):
        environment.mailbox(value)
