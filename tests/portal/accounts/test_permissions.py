"""Which pages are open to visitors: none that is not marked public."""

from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, include, path, reverse

from portal.accounts.permissions import public
from portal.models import User

PUBLIC = {
    "home",
    "login",
    "login-callback",
    "login-refused",
    "logout",
    "livez",
    "readyz",
    "healthz",
    "metrics",
    "api-audit",
    "attention-feed",  # these have keys of their own
    "guests-calendar",
    "awork-update",
}
SAMPLES = {"UUIDConverter": UUID(int=1), "IntConverter": 1, "SlugConverter": "x", "StringConverter": "x"}


def undecorated(request):
    return HttpResponse("open")


urlpatterns = [
    path("", include("portal.urls")),
    path("undecorated/", undecorated),
    path("public/", public(lambda request: HttpResponse("open"))),
]


def addresses(patterns=None):
    """The name and a sample of every URL."""
    for each in get_resolver("portal.urls").url_patterns if patterns is None else patterns:
        if isinstance(each, URLResolver):
            yield from addresses(each.url_patterns)
        elif isinstance(each, URLPattern):
            assert each.name, f"{each.pattern} needs a name"
            kinds = {name: type(kind).__name__ for name, kind in each.pattern.converters.items()}
            sample = {name: SAMPLES[kind] for name, kind in kinds.items()}
            yield each.name, reverse(each.name, kwargs=sample)


GUARDED = sorted((name, address) for name, address in addresses() if name not in PUBLIC)


@pytest.mark.django_db
def test_a_view_without_a_decorator_is_closed_to_visitors(client, sign_in, settings):
    settings.ROOT_URLCONF = __name__
    assert client.get("/undecorated/?page=2")["Location"] == "/login/?next=/undecorated/%3Fpage%3D2"
    assert client.get("/public/").content == b"open"
    sign_in(client)
    assert client.get("/undecorated/").content == b"open"


def test_the_sweep_finds_the_pages():
    assert {"invite", "invitations", "audit"} <= {name for name, _address in GUARDED}


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "address"), GUARDED)
def test_visitors_are_sent_to_sign_in(client, name, address):
    answers = [client.get(address), client.post(address)]
    guarded = [answer for answer in answers if answer.status_code != 405]
    assert guarded
    for answer in guarded:
        assert answer.status_code == 302
        assert answer["Location"].startswith("/login/?next=/")


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "address"), GUARDED)
def test_a_fragment_requested_by_a_visitor_redirects_the_whole_page(client, settings, name, address):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/invitations/?state=sent"}
    answer = client.get(address, headers=headers)
    if answer.status_code == 405:
        answer = client.post(address, headers=headers)
    is_result = name in settings.RESULT_PAGES  # its URL isn't in the address bar yet
    back = address if is_result else "/invitations/%3Fstate%3Dsent"
    assert answer["HX-Redirect"] == f"/login/?next={back}"


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "address"), [each for each in GUARDED if each[0].startswith("audit")])
def test_the_audit_log_is_closed_to_leads(client, sign_in, name, address):
    sign_in(client, "mona")
    answers = [client.get(address), client.post(address)]
    assert {answer.status_code for answer in answers} <= {403, 405}


@pytest.mark.django_db
def test_administrators_may_read_the_audit_log(client, sign_in):
    sign_in(client, "ada")
    assert client.get("/audit/").status_code == 200


@pytest.mark.django_db
def test_a_deactivated_user_is_signed_out_at_once(client, sign_in):
    sign_in(client)
    User.objects.update(is_active=False)
    assert client.get("/invite/")["Location"] == "/login/?next=/invite/"


@pytest.mark.django_db
def test_a_post_returns_to_its_page_without_its_query():
    assert Client().post("/invite/?task=WEB-12", {"email": "x"})["Location"] == "/login/?next=/invite/"


@pytest.mark.django_db
def test_a_malformed_current_url_returns_to_the_home_page(client):
    answer = client.get("/invite/", headers={"HX-Request": "true", "HX-Current-URL": "http://[bad"})
    assert answer["HX-Redirect"] == "/login/?next=/"
