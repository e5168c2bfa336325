"""One's own sessions: seen, and ended."""

from html import unescape
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from invites.audit.models import Event
from portal.models import AworkToken, PendingRole, Session, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone(sign_in, client):
    """Paula's other browser, beside `client`."""
    other = Client(headers={"User-Agent": "Phone/1.0 <b>"})
    sign_in(client)
    sign_in(other)
    return other


def handle(browser):
    return Session.objects.get(session_key=browser.session.session_key).handle


def test_the_page_tells_role_and_sessions(client, phone):
    content = client.get("/account/").content.decode()
    assert "Manager in Nordlicht Studio" in content
    assert f"Invitation desk {settings.VERSION}" in content
    assert "Phone/1.0 &lt;b&gt;" in content
    assert content.count("End this session") == 1
    assert client.session.session_key not in content
    assert phone.session.session_key not in content


def test_a_role_that_waits_for_confirmation_is_named(client, sign_in):
    sign_in(client)
    assert "has to confirm" not in client.get("/account/").content.decode()
    paula = User.objects.get()
    PendingRole.objects.create(workspace=paula.workspace, email=paula.email, role="auditor", user=paula)
    page = unescape(client.get("/account/").content.decode())
    assert "An administrator has to confirm that you're Auditor." in page


def test_with_one_session_there_is_nothing_to_end(client, sign_in):
    sign_in(client)
    assert "End" not in client.get("/account/").content.decode().partition("<main")[2]


def test_another_session_can_be_ended(client, phone):
    assert client.post(f"/account/sessions/{handle(phone)}/end/")["Location"] == "/account/"
    assert phone.get("/account/")["Location"] == "/login/?next=/account/"
    assert client.get("/account/").status_code == 200
    assert Event.objects.get(type="signed-out").details == {"elsewhere": 1}


def test_all_others_can_be_ended(client, phone, sign_in):
    sign_in(Client())
    client.post("/account/sessions/end/")
    assert Session.objects.filter(user__isnull=False).count() == 1
    assert Event.objects.get(type="signed-out").details == {"elsewhere": 2}
    assert "2 other sessions were ended." in client.get("/account/").content.decode()
    assert "were ended" not in client.get("/account/").content.decode()


def test_ending_nothing_is_no_event(client, sign_in):
    sign_in(client)
    client.post("/account/sessions/end/")
    assert not Event.objects.filter(type="signed-out").exists()


def test_sessions_of_other_users_cannot_be_ended(client, phone, sign_in):
    mona = Client()
    sign_in(mona, "mona")
    assert mona.post(f"/account/sessions/{handle(client)}/end/").status_code == 404
    assert client.post(f"/account/sessions/{uuid4()}/end/").status_code == 404
    assert client.post(f"/account/sessions/{handle(client)}/end/").status_code == 404


def test_the_tokens_go_with_the_last_session(client, phone):
    client.post("/logout/")
    assert AworkToken.objects.exists()
    assert phone.get("/invite/").status_code == 200
    phone.post("/logout/")
    assert not AworkToken.objects.exists()


def test_sessions_of_a_person_go_with_the_person(client, sign_in):
    sign_in(client)
    AworkToken.objects.all().delete()
    User.objects.all().delete()
    assert not Session.objects.filter(user__isnull=False).exists()


def test_disconnecting_revokes_the_grant_at_awork_and_signs_out_everywhere(client, phone, standin):
    assert "Disconnect from awork" in client.get("/account/").content.decode()
    assert client.post("/account/disconnect/")["Location"] == "/login/"
    assert standin.grants.grants == []
    assert not AworkToken.objects.exists()
    assert not Session.objects.exclude(user=None).exists()
    assert phone.get("/account/")["Location"] == "/login/?next=/account/"
    assert Event.objects.get(type="signed-out").details == {"elsewhere": 1, "grant": "revoked"}


def test_disconnecting_without_awork_signs_out_and_says_so(client, phone, standin):
    standin.fault("DELETE", "/authorizedclients/", "cut_before", None)
    client.post("/account/disconnect/")
    assert not AworkToken.objects.exists()
    assert "You can remove it in your awork settings." in client.get("/login/").content.decode()
    assert Event.objects.get(type="signed-out").details == {"elsewhere": 1, "grant": "failed"}
