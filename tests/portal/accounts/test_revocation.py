"""Revoking the portal's access at awork."""

import time

import pytest

from portal.accounts.revocation import revoke
from portal.awork import timeouts, tokens
from portal.models import AworkToken, User
from tests.portal.awork.test_tokens import ended

pytestmark = pytest.mark.django_db


@pytest.fixture
def paula(client, sign_in):
    sign_in(client)
    return User.objects.get()


def test_it_ends_the_grant_also_with_an_expired_access_token(standin, paula):
    ended(standin, paula)
    assert revoke(paula) == "revoked"
    assert standin.grants.grants == []


def test_without_tokens_there_is_nothing_to_revoke(standin, paula):
    tokens.delete(paula)
    assert revoke(paula) == "nothing"


def test_what_awork_does_not_know_is_nothing(standin, paula):
    standin.fault("DELETE", "/authorizedclients/", "status", status=404, body={"code": "not-found"})
    assert revoke(paula) == "nothing"


def test_it_gives_up_after_a_few_seconds(standin, paula, monkeypatch):
    monkeypatch.setattr(timeouts, "BRIEF_SECONDS", 0.2)
    standin.fault("DELETE", "/authorizedclients/", "delay_before", None, seconds=5)
    began = time.monotonic()
    assert revoke(paula) == "failed"
    assert time.monotonic() - began < 2
    assert AworkToken.objects.exists()
