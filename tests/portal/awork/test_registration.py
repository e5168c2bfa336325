"""Under which client id the portal is known."""

import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from portal.awork import registration
from portal.awork.errors import Unclear, Unreachable
from portal.models import NamedLock, OAuthClient
from tests.threads import at_once


@pytest.mark.django_db
def test_the_id_of_the_settings_is_used_as_it_is(standin, settings):
    settings.AWORK_CLIENT_ID = "desk"
    assert registration.client_id() == "desk"
    assert not standin.requests


@pytest.mark.django_db
def test_without_one_the_portal_registers_itself_once(standin, settings):
    settings.PORTAL_URL = "https://invite.studio.example"
    first = registration.client_id()
    assert registration.client_id() == first
    assert standin.grants.apps[first].redirect_uris == ("https://invite.studio.example/login/callback/",)
    assert standin.count("POST", "/clientapplications/register") == 1


@pytest.mark.django_db
def test_another_address_is_another_client(standin, settings):
    first = registration.client_id()
    settings.PORTAL_URL = "https://invite.studio.example"
    assert registration.client_id() != first


@pytest.mark.django_db
def test_another_awork_is_another_client(standin, settings):
    OAuthClient.objects.create(
        awork="https://api.awork.com/api/v1", redirect_uri=registration.redirect_uri(), client_id="other"
    )
    assert registration.client_id() != "other"


@pytest.mark.django_db(transaction=True)
def test_ten_first_sign_ins_register_one_client(standin):
    standin.fault("POST", "/register", "delay_before", None, seconds=0.2)
    assert len(set(at_once(10, lambda _number: registration.client_id()))) == 1
    assert standin.count("POST", "/clientapplications/register") == 1


@pytest.mark.django_db
def test_a_registration_that_fails_is_tried_anew_next_time(standin):
    standin.fault("POST", "/register", "garbage")
    with pytest.raises(Unclear):
        registration.client_id()
    assert not OAuthClient.objects.exists()
    assert registration.client_id()


@pytest.mark.django_db
def test_who_waits_too_long_for_another_registration_may_try_again(standin, monkeypatch):
    monkeypatch.setattr(registration, "LOCK_WAIT_SECONDS", 0.1)
    until = timezone.now() + timedelta(minutes=1)
    NamedLock.objects.create(name="register-client", holder=uuid4(), expires_at=until)
    began = time.monotonic()
    with pytest.raises(Unreachable):
        registration.client_id()
    assert time.monotonic() - began < 5
