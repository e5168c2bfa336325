"""Every address refuses outsiders, so that a new view cannot be forgotten."""

from uuid import UUID

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

PUBLIC = {"home", "login", "login-callback", "login-refused", "logout", "healthz"}
SAMPLES = {"uuid": str(UUID(int=7)), "int": "1", "str": "state", "slug": "word"}


def patterns(resolver=None, prefix=""):
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            yield from patterns(one, prefix + str(one.pattern))
        elif isinstance(one, URLPattern):
            yield prefix + str(one.pattern), one


def address(route):
    parts = route.replace("<", "{").replace(">", "}").split("{")
    filled = [parts[0]]
    for part in parts[1:]:
        kind, rest = part.split("}", 1)
        filled.append(SAMPLES[kind.split(":")[0] if ":" in kind else "str"] + rest)
    return "/" + "".join(filled)


GUARDED = [address(route) for route, pattern in patterns() if pattern.name not in PUBLIC]


def test_there_is_something_to_guard():
    assert "/invite/" in GUARDED
    assert "/audit/" in GUARDED


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", GUARDED)
def test_nobody_gets_in_without_signing_in(client, path, method):
    response = getattr(client, method)(path)

    assert response.status_code in {302, 405}, path
    if response.status_code == 302:
        assert response["Location"].startswith("/login/?next="), path


@pytest.mark.django_db
@pytest.mark.parametrize("path", [path for path in GUARDED if path.startswith("/audit/")])
def test_the_log_is_for_administrators(client, sign_in, path):
    sign_in(client, "paula")

    assert client.get(path).status_code in {403, 405}, path
