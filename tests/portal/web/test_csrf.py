"""A form with the token of an earlier sign-in loses nothing that was typed."""

import pytest
from django.test import Client

from tests.invites.views.pages import text

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/invite/?task=WEB-12"}


@pytest.fixture
def strict(sign_in):
    """A browser of this person, whose forms need a CSRF token."""

    def enter(who):
        client = Client()
        sign_in(client, who)
        client.handler.enforce_csrf_checks = True
        return client

    return enter


@pytest.fixture
def paula(strict):
    return strict("paula")


def test_what_was_entered_is_on_the_page_again(paula, standin):
    page = paula.post("/invite/", {"email": "carla@creative.example", "csrfmiddlewaretoken": "old"})
    assert page.status_code == 403
    assert 'href="/invite/"' in text(page)

    again = text(paula.get("/invite/"))
    assert 'value="carla@creative.example"' in again
    assert "What you entered is still here." in again
    assert "What you entered is still here." not in text(paula.get("/invite/"))
    assert standin.count("POST", "assignuserbyemail") == 0


def test_a_script_is_led_back_to_its_page(paula):
    answer = paula.post("/invite/", {"email": "carla@creative.example"}, headers=HTMX)

    assert answer["HX-Redirect"] == "/invite/?task=WEB-12"
    assert 'value="carla@creative.example"' in text(paula.get("/invite/?task=WEB-12"))


def test_a_policy_comes_back_whole(strict):
    ada = strict("ada")
    domains = "\n".join(f"d{number}.example" for number in range(50))
    ada.post("/policy/", {"denied_domains": domains, "own_domain_guests": "on"})

    assert "d49.example</textarea>" in text(ada.get("/policy/"))


def test_a_second_sign_in_tab_leads_on(paula):
    answer = paula.post("/login/", {"next": "/invite/?task=WEB-12", "csrfmiddlewaretoken": "old"})
    assert paula.get(answer["Location"])["Location"] == "/invite/?task=WEB-12"


@pytest.mark.parametrize("next", ["", "https://evil.example/", "//evil.example/"])
def test_a_second_sign_in_tab_leads_to_no_other_site(paula, next):
    answer = paula.post("/login/", {"next": next, "csrfmiddlewaretoken": "old"})
    assert paula.get(answer["Location"])["Location"] == "/invite/"


def test_a_form_of_another_site_leaves_no_session():
    stranger = Client(enforce_csrf_checks=True)
    page = stranger.post("/invite/", {"email": "carla@creative.example"})

    assert page.status_code == 403
    assert "Back to the form" not in text(page)
    assert "sessionid" not in stranger.cookies
