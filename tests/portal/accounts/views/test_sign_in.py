"""Signing in and out, through real HTTP to the stand-in."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from invites.audit.models import Event, Person
from portal.accounts.refusals import REFUSAL_TEXTS
from portal.awork import tokens
from portal.models import AworkToken, OAuthClient, PendingSignIn, Session, User, Workspace
from portal.signals import sign_in_refused, signed_in
from portal.standin import serializers
from tests.standin_server import authorize
from tests.threads import at_once

pytestmark = pytest.mark.django_db

OUTSIDE = [
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "https://evil.example/",
    "https:evil.example",
    "http:///evil.example/",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    " //evil.example/",
    "\t//evil.example",
    "/\t/evil.example",
    "\x00//evil.example",
    "evil.example",
    "invite",
    "/" + "x" * 3000,
]


def refusal(response):
    """The reason that a redirect to a refusal page names."""
    assert response.status_code == 302
    found = re.fullmatch(r"/login/refused/(\w+)/", urlsplit(response["Location"]).path)
    assert found, response["Location"]
    return found[1]


def leave(client, **fields):
    """Press the button; awork's address."""
    response = client.post("/login/", fields)
    assert response.status_code == 302
    return response["Location"]


def come_back(client, address):
    """Follow awork's redirect with this browser."""
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}")


def events(kind):
    return list(Event.objects.filter(type=kind))


def test_the_page_shows_one_button_that_posts(client):
    content = client.get("/login/?next=/invitations/").content.decode()
    assert content.count("<button") == 1
    assert 'method="post"' in content
    assert "csrfmiddlewaretoken" in content
    assert 'name="next" value="/invitations/"' in content


def test_reading_the_page_begins_nothing(client, standin):
    client.get("/login/")
    assert not standin.requests
    assert not PendingSignIn.objects.exists()


def test_the_button_needs_its_own_page(standin):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/login/").status_code == 403
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', strict.get("/login/").content.decode())[1]
    assert strict.post("/login/", {"csrfmiddlewaretoken": token}).status_code == 302


def test_the_button_leads_to_awork_with_state_and_pkce(client, standin):
    asked = parse_qs(urlsplit(leave(client)).query)
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == ["http://localhost:8000/login/callback/"]
    assert len(asked["state"][0]) >= 32
    assert asked["client_id"] == [OAuthClient.objects.get().client_id]


def test_every_attempt_has_its_own_state_and_challenge(client, standin):
    first, second = (parse_qs(urlsplit(leave(client)).query) for _ in range(2))
    assert first["state"] != second["state"]
    assert first["code_challenge"] != second["code_challenge"]


def test_signing_in_saves_the_user(client, sign_in, standin):
    response = sign_in(client, "mona", next="/invitations/")
    assert (response.status_code, response["Location"]) == (302, "/invitations/")
    mona = User.objects.get()
    assert (mona.name, mona.email) == ("Mona Mäder", "mona@nordlicht.example")
    assert mona.workspace.name == "Nordlicht Studio"
    assert mona.can_list_roles
    assert not mona.is_admin
    assert client.session["_auth_user_id"] == str(mona.pk)
    assert tokens.client_for(mona).me().user.id == mona.awork_id
    assert [event.actor_name for event in events("signed-in")] == ["Mona Mäder"]


def test_without_a_page_to_come_back_to_the_form_is_shown(client, sign_in):
    assert sign_in(client)["Location"] == "/invite/"


def test_a_visitor_of_the_first_page_is_led_to_the_sign_in(client):
    assert client.get("/")["Location"] == "/login/"


def test_what_changed_at_awork_is_taken_over_at_the_next_sign_in(client, sign_in, standin):
    sign_in(client)
    standin.world.change(standin.world.person("paula"), last_name="Neumann")
    sign_in(Client())
    assert User.objects.get().name == "Paula Neumann"
    assert Workspace.objects.count() == 1
    assert AworkToken.objects.count() == 1


def test_overlong_names_are_cut(client, sign_in, standin):
    standin.world.change(standin.world.person("paula"), first_name="P" * 5000)
    sign_in(client)
    assert len(User.objects.get().first_name) == 1000


def test_the_session_id_changes_at_sign_in(client, standin):
    address = leave(client)
    before = client.session.session_key
    come_back(client, authorize(standin, address, "paula"))
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_the_session_id_changes_when_the_same_person_signs_in_again(client, sign_in):
    sign_in(client)
    before = client.session.session_key
    sign_in(client)
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_a_planted_session_is_not_signed_in(client, standin):
    attacker = Client()
    address = leave(attacker)
    planted = attacker.session.session_key
    client.cookies["sessionid"] = planted
    client.cookies["sign_in"] = attacker.cookies["sign_in"].value
    come_back(client, authorize(standin, address, "paula"))
    assert client.session["_auth_user_id"]
    attacker.cookies["sessionid"] = planted
    assert "_auth_user_id" not in attacker.session
    assert attacker.get("/invite/").status_code == 302


def test_the_state_of_another_browser_is_refused(client, standin):
    back = authorize(standin, leave(Client()), "paula")
    leave(client)
    assert refusal(come_back(client, back)) == "state"
    assert standin.count("POST", "/accounts/token") == 0
    assert not User.objects.exists()


@pytest.mark.parametrize("query", ["", "?code=x", "?state=", "?state=%C3%A4&code=x", "?state[]=x&code=x"])
def test_a_callback_without_a_known_state_is_refused(client, standin, query):
    leave(client)
    assert refusal(client.get(f"/login/callback/{query}")) == "state"
    assert [event.details["reason"] for event in events("sign-in-refused")] == ["state"]


def test_a_state_works_once(client, standin):
    back = authorize(standin, leave(client), "paula")
    come_back(client, back)
    client.logout()
    assert refusal(come_back(client, back)) == "state"


def test_a_state_is_spent_by_a_failure_too(client, standin):
    back = authorize(standin, leave(client), "paula")
    standin.fault("POST", "/accounts/token", "garbage")
    assert refusal(come_back(client, back)) == "nonsense"
    assert come_back(client, back)["Location"] == "/"
    assert standin.count("POST", "/accounts/token") == 1
    assert "_auth_user_id" not in client.session


def copies(client, count):
    """Requests of one browser that don't wait for each other."""
    browsers = [Client() for _ in range(count)]
    for browser in browsers:
        browser.cookies = client.cookies.copy()
    return browsers


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seconds", [0, 0.3])
def test_many_callbacks_with_one_state_exchange_once_and_none_fails(client, standin, seconds):
    back = authorize(standin, leave(client, next="/invitations/"), "paula")
    standin.fault("POST", "/accounts/token", "delay_before", seconds=seconds)
    browsers = copies(client, 12)
    answers = at_once(12, lambda number: come_back(browsers[number], back))
    assert {(one.status_code, one["Location"]) for one in answers} == {(302, "/invitations/")}
    assert standin.count("POST", "/accounts/token") == 1
    assert sum("sessionid" in one.cookies for one in answers) == 1  # the others leave its cookie alone
    assert [event.type for event in Event.objects.all()] == ["signed-in"]
    assert Session.objects.filter(user__isnull=False).count() == 1


def test_a_used_state_leads_a_signed_in_browser_to_its_page(client, standin):
    back = authorize(standin, leave(client), "paula")
    come_back(client, back)
    assert come_back(client, back)["Location"] == "/"
    assert client.get("/account/").status_code == 200
    assert not events("sign-in-refused")


@pytest.mark.parametrize(("minutes", "in_time"), [(9, True), (11, False)])
def test_a_state_lives_for_ten_minutes(client, standin, minutes, in_time):
    with time_machine.travel(timezone.now() - timedelta(minutes=minutes), tick=True):
        address = leave(client)
    response = come_back(client, authorize(standin, address, "paula"))
    if in_time:
        assert response["Location"] == "/invite/"
    else:
        assert refusal(response) == "state"


def test_five_tabs_may_be_signing_in_at_once(client, standin):
    addresses = [leave(client, next=f"/invitations/?tab={number}") for number in range(6)]
    for number in (3, 5, 1):
        response = come_back(client, authorize(standin, addresses[number], "paula"))
        assert response["Location"] == f"/invitations/?tab={number}"
    assert refusal(come_back(client, authorize(standin, addresses[0], "paula"))) == "state"


@pytest.mark.parametrize("back", OUTSIDE)
def test_no_page_outside_is_come_back_to(client, sign_in, back):
    assert sign_in(client, next=back)["Location"] == "/invite/"


@pytest.mark.parametrize("back", OUTSIDE)
def test_no_page_outside_stands_in_a_form(client, back):
    for address in ("/login/", "/login/refused/denied/"):
        content = client.get(address, {"next": back}).content.decode()
        assert 'name="next" value=""' in content


@pytest.mark.parametrize(
    "back", ["/invite/?task=WEB-12&email=a%40b.example", "/audit/", "/%2F%2Fevil.example"]
)
def test_pages_inside_are_come_back_to(client, sign_in, back):
    assert sign_in(client, next=back)["Location"] == back


@pytest.mark.parametrize(
    ("who", "reason"),
    [("otto", "workspace"), ("gustav", "guest"), ("bruno", "blocked"), ("dora", "deactivated")],
)
def test_a_refused_person_sees_the_reason(client, sign_in, standin, who, reason):
    assert refusal(sign_in(client, who)) == reason
    assert not User.objects.exists()
    assert not AworkToken.objects.exists()
    assert "_auth_user_id" not in client.session
    (event,) = events("sign-in-refused")
    person = standin.world.person(who)
    assert event.details["reason"] == reason
    named = Person.objects.get()
    assert (named.kind, named.awork_id, named.email) == ("refused", person.id, person.email)
    assert client.get(f"/login/refused/{reason}/").status_code == 200


def test_permissions_of_another_person_sign_nobody_in(client, standin):
    back = authorize(standin, leave(client), "paula")
    admin = serializers.permissions(standin.world, standin.world.person("ada"))
    standin.fault("GET", "/me/permissions", "status", status=200, body=admin)
    assert refusal(come_back(client, back)) == "identity"
    assert not User.objects.exists()
    assert [event.details["reason"] for event in events("sign-in-refused")] == ["identity"]


def test_a_later_refusal_saves_nothing_of_that_sign_in(client, sign_in, standin):
    sign_in(client)
    standin.world.change(standin.world.person("paula"), is_blocked=True)
    assert refusal(sign_in(Client())) == "blocked"


def test_an_account_switched_off_here_is_blocked(client, sign_in):
    sign_in(client)
    User.objects.update(is_active=False)
    assert refusal(sign_in(Client())) == "blocked"


def test_any_workspace_is_accepted_only_if_none_is_listed(client, sign_in, settings):
    settings.AWORK_WORKSPACES = []
    sign_in(client, "otto")
    assert User.objects.get().workspace.name == "Südwind Agentur"


def test_access_denied_at_awork_is_a_plain_page(client, sign_in):
    response = sign_in(client, None, next="/invitations/")
    assert refusal(response) == "denied"
    content = unescape(client.get(response["Location"]).content.decode())
    assert str(REFUSAL_TEXTS["denied"].title) in content
    assert 'name="next" value="/invitations/"' in content
    assert [event.details["reason"] for event in events("sign-in-refused")] == ["denied"]


def test_another_error_of_the_authorization_is_nonsense(client, standin):
    state = parse_qs(urlsplit(leave(client)).query)["state"][0]
    response = client.get("/login/callback/", {"state": state, "error": "<script>"})
    assert refusal(response) == "nonsense"


@pytest.mark.parametrize(
    ("part", "fault", "reason"),
    [
        ("/accounts/token", "garbage", "nonsense"),
        ("/accounts/token", "empty", "nonsense"),
        ("/accounts/token", "truncated", "nonsense"),
        ("/accounts/token", "wrong_shape", "nonsense"),
        ("/accounts/token", "status", "nonsense"),
        ("/accounts/token", "cut_before", "nonsense"),
        ("/accounts/token", "rate_limited", "unreachable"),
        ("/me", "garbage", "nonsense"),
        ("/me", "wrong_shape", "nonsense"),
        ("/me/permissions", "wrong_shape", "nonsense"),
        ("/me/permissions", "cut_after", "nonsense"),
    ],
)
def test_whatever_awork_answers_there_is_a_plain_page(client, standin, part, fault, reason):
    back = authorize(standin, leave(client), "paula")
    standin.fault("*", part, fault, 3, **({"headers": False} if fault == "rate_limited" else {}))
    response = come_back(client, back)
    assert refusal(response) == reason
    page = client.get(response["Location"])
    assert page.status_code == 200
    assert "Traceback" not in page.content.decode()
    assert not User.objects.exists()
    assert [event.details["reason"] for event in events("sign-in-refused")] == [reason]


@pytest.mark.parametrize("code", ["", "wrong", "ä\x00\n&client_id=x", "c" * 5000])
def test_a_code_that_awork_did_not_give_is_refused(client, standin, code):
    state = parse_qs(urlsplit(leave(client)).query)["state"][0]
    assert refusal(client.get("/login/callback/", {"state": state, "code": code})) == "nonsense"


def test_while_awork_is_away_the_button_says_so(client, standin, settings):
    settings.AWORK_API_URL = "http://127.0.0.1:9/api/v1"
    assert refusal(client.post("/login/", {"next": "/audit/"})) == "unreachable"
    assert [event.details["reason"] for event in events("sign-in-refused")] == ["unreachable"]


@pytest.mark.parametrize("reason", sorted(REFUSAL_TEXTS))
def test_every_refusal_has_its_page_in_plain_words(client, reason):
    response = client.get(f"/login/refused/{reason}/")
    content = unescape(response.content.decode())
    assert response.status_code == 200
    for sentence in (REFUSAL_TEXTS[reason].title, REFUSAL_TEXTS[reason].next_step):
        assert str(sentence) in content


def test_no_other_refusal_exists(client):
    assert client.get("/login/refused/because/").status_code == 404


def test_code_and_state_leave_the_address(client, standin):
    back = authorize(standin, leave(client), "gustav")
    response = come_back(client, back)
    secrets = parse_qs(urlsplit(back).query)
    for secret in (secrets["code"][0], secrets["state"][0]):
        assert secret not in response["Location"] + response.content.decode()
    assert "no-store" in response["Cache-Control"]


def test_a_sign_in_that_cannot_be_recorded_does_not_happen(client, standin):
    def broken(**_):
        raise RuntimeError("no room in the log")

    back = authorize(standin, leave(client), "paula")
    client.raise_request_exception = False
    signed_in.connect(broken)
    try:
        assert come_back(client, back).status_code == 500
    finally:
        signed_in.disconnect(broken)
    assert not User.objects.exists()
    assert not AworkToken.objects.exists()
    assert "_auth_user_id" not in client.session


def test_refusals_are_sent_with_a_reason_of_the_closed_set(client, standin):
    reasons = []

    def note(reason, **_):
        reasons.append(reason)

    sign_in_refused.connect(note)
    try:
        client.get("/login/callback/")
    finally:
        sign_in_refused.disconnect(note)
    assert set(reasons) <= set(REFUSAL_TEXTS)
    assert reasons


def test_signing_out_ends_session_and_tokens(client, sign_in):
    sign_in(client)
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/")["Location"] == "/login/"
    assert "_auth_user_id" not in client.session
    assert not AworkToken.objects.exists()
    assert len(events("signed-out")) == 1
    assert client.get("/invite/").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_signing_out_many_times_at_once_is_one_event(client, sign_in):
    sign_in(client)
    browsers = copies(client, 8)
    answers = at_once(8, lambda number: browsers[number].post("/logout/"))
    assert {(one.status_code, one["Location"]) for one in answers} == {(302, "/login/")}
    assert len(events("signed-out")) == 1


@pytest.mark.django_db(transaction=True)
def test_of_browsers_that_sign_out_at_once_the_last_takes_the_tokens_along(sign_in):
    browsers = [Client() for _ in range(6)]
    for browser in browsers:
        sign_in(browser)
    at_once(6, lambda number: browsers[number].post("/logout/"))
    assert len(events("signed-out")) == 6
    assert not AworkToken.objects.exists()


def test_signing_out_needs_a_page_of_the_portal(sign_in):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/logout/").status_code == 403


def test_signing_out_twice_is_harmless(client):
    assert client.post("/logout/")["Location"] == "/login/"
    assert not events("signed-out")


@pytest.mark.parametrize(
    ("awork", "allowed"),
    [
        ("https://api.awork.example/api/v1", "'self' https:"),
        ("http://127.0.0.1:8010/standin/api/v1", "'self' http://127.0.0.1:8010"),
    ],
)
def test_only_forms_that_lead_to_awork_may_leave_the_portal(client, settings, awork, allowed):
    settings.AWORK_API_URL = awork
    for address in ("/login/", "/login/refused/denied/"):
        assert f"form-action {allowed};" in client.get(address)["Content-Security-Policy"] + ";"
    assert "form-action 'self';" in client.get("/no-such-page/")["Content-Security-Policy"] + ";"


def test_a_confidential_client_signs_people_in_as_well(client, sign_in, standin, settings):
    settings.AWORK_CLIENT_ID, settings.AWORK_CLIENT_SECRET = "desk", str(uuid4())
    standin.grants.register(
        "desk",
        ["http://localhost:8000/login/callback/"],
        client_id="desk",
        secret=settings.AWORK_CLIENT_SECRET,
    )
    assert sign_in(client)["Location"] == "/invite/"
    assert not OAuthClient.objects.exists()


def test_a_browser_that_awork_did_not_send_back_makes_the_desk_register_again(client, sign_in, standin):
    sign_in(client)
    client.logout()
    standin.grants.apps.clear()
    assert client.post("/login/").status_code == 302  # awork shows an error page
    sign_in(client)
    assert client.get("/invitations/").status_code == 200


def test_a_sign_in_with_a_wrong_client_secret_is_the_portals_fault(client, sign_in, standin, set_secret):
    sign_in(client)
    client.logout()
    set_secret("wrong")
    answer = sign_in(client)
    assert answer["Location"] == "/login/refused/credentials/"
    assert "credentials at awork are wrong" in client.get(answer["Location"]).content.decode()


def test_signing_out_of_the_last_browser_revokes_the_grant_at_awork(client, sign_in, standin):
    other = Client()
    sign_in(client)
    sign_in(other)
    client.post("/logout/")
    assert len(standin.grants.grants) == 2
    other.post("/logout/")
    assert standin.grants.grants == []
    events = Event.objects.filter(type="signed-out").order_by("sequence")
    assert [event.details for event in events] == [{}, {"grant": "revoked"}]


@pytest.mark.parametrize(
    ("kind", "options"), [("cut_before", {}), ("rate_limited", {"reset": 60}), ("status", {"status": 500})]
)
def test_nobody_stays_signed_in_because_awork_does_not_answer(client, sign_in, standin, kind, options):
    sign_in(client)
    standin.fault("DELETE", "/authorizedclients/", kind, None, **options)
    assert client.post("/logout/")["Location"] == "/login/"
    assert not Session.objects.exclude(user=None).exists()
    assert not AworkToken.objects.exists()
    assert standin.count("DELETE", "/authorizedclients/") == 1
    assert Event.objects.get(type="signed-out").details == {"grant": "failed"}
