"""Who may see what: every address, whoever made it."""

from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from portal.models import User

PUBLIC = {"home", "login", "login-callback", "login-refused", "logout", "healthz"}
SAMPLES = {"UUIDConverter": UUID(int=1), "IntConverter": 1, "SlugConverter": "x", "StringConverter": "x"}
NOBODYS = {"standin"}  # the stand-in's addresses are awork's


def addresses(patterns=None):
    """The name and a sample of every address of the portal's own."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(each, URLResolver):
            if not any(str(each.pattern).startswith(name) for name in NOBODYS):
                yield from addresses(each.url_patterns)
        elif isinstance(each, URLPattern):
            assert each.name, f"{each.pattern} needs a name"
            kinds = {name: type(kind).__name__ for name, kind in each.pattern.converters.items()}
            sample = {name: SAMPLES[kind] for name, kind in kinds.items()}
            yield each.name, reverse(each.name, kwargs=sample)


GUARDED = sorted((name, address) for name, address in addresses() if name not in PUBLIC)


def test_the_sweep_sees_the_pages():
    assert {"invite", "invitations", "audit"} <= {name for name, _address in GUARDED}


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "address"), GUARDED)
def test_outsiders_are_sent_to_sign_in(client, name, address):
    answers = [client.get(address), client.post(address)]
    guarded = [answer for answer in answers if answer.status_code != 405]
    assert guarded
    for answer in guarded:
        assert answer.status_code == 302
        assert answer["Location"].startswith("/login/?next=/")


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "address"), GUARDED)
def test_a_part_asked_for_by_an_outsider_sends_the_whole_page_to_sign_in(client, name, address):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/invitations/?state=sent"}
    answer = client.get(address, headers=headers)
    if answer.status_code == 405:
        answer = client.post(address, headers=headers)
    assert answer["HX-Redirect"] == "/login/?next=/invitations/%3Fstate%3Dsent"


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "address"), [each for each in GUARDED if each[0].startswith("audit")])
def test_the_audit_log_is_for_administrators(client, sign_in, name, address):
    sign_in(client, "mona")
    answers = [client.get(address), client.post(address)]
    assert {answer.status_code for answer in answers} <= {403, 405}


@pytest.mark.django_db
def test_administrators_are_let_in(client, sign_in):
    sign_in(client, "ada")
    assert client.get("/audit/").status_code == 200


@pytest.mark.django_db
def test_who_was_switched_off_here_is_an_outsider_at_once(client, sign_in):
    sign_in(client)
    User.objects.update(is_active=False)
    assert client.get("/invite/")["Location"] == "/login/?next=/invite/"


@pytest.mark.django_db
def test_a_post_comes_back_to_its_page_not_to_the_posting():
    assert Client().post("/invite/?task=WEB-12", {"email": "x"})["Location"] == "/login/?next=/invite/"


@pytest.mark.django_db
def test_an_address_that_is_none_leads_to_the_front_door_after_signing_in(client):
    answer = client.get("/invite/", headers={"HX-Request": "true", "HX-Current-URL": "http://[bad"})
    assert answer["HX-Redirect"] == "/login/?next=/"
