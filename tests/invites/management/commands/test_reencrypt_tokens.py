"""Rotating the keys under a live session."""

from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.utils import timezone

from invites.models import Webhook
from portal import encryption
from portal.awork import tokens
from portal.models import AworkToken, NamedLock, User

pytestmark = pytest.mark.django_db


def reencrypt():
    said = StringIO()
    call_command("reencrypt_tokens", stdout=said)
    return said.getvalue()


def test_token_keys_are_rotated_under_a_live_session(client, sign_in, settings):
    sign_in(client)
    new = Fernet.generate_key().decode()
    settings.TOKEN_KEYS = [new, *settings.TOKEN_KEYS]
    assert "people whose tokens were encrypted with the first key: 1" in reencrypt()
    settings.TOKEN_KEYS = [new]
    assert tokens.client_for(User.objects.get()).me()
    stored = AworkToken.objects.values().get()
    assert "people whose tokens were encrypted with the first key: 0" in reencrypt()
    assert AworkToken.objects.values().get() == stored


def test_tokens_that_are_being_refreshed_are_left_alone(client, sign_in, settings, monkeypatch):
    sign_in(client)
    monkeypatch.setattr(tokens, "LOCK_WAIT_SECONDS", 0)
    settings.TOKEN_KEYS = [Fernet.generate_key().decode(), *settings.TOKEN_KEYS]
    until = timezone.now() + timedelta(minutes=1)
    NamedLock.objects.create(name=f"renew:{User.objects.get().pk}", holder=uuid4(), expires_at=until)
    stored = AworkToken.objects.values().get()
    with pytest.raises(CommandError, match="Run it again"):
        reencrypt()
    assert AworkToken.objects.values().get() == stored


def test_tokens_without_their_key_are_counted(client, sign_in, settings):
    sign_in(client)
    settings.TOKEN_KEYS = [Fernet.generate_key().decode()]
    assert "have to sign in: 1" in reencrypt()


def test_the_secrets_of_webhooks_are_encrypted_with_the_first_key(client, sign_in, settings):
    sign_in(client, "ada")
    receiver = {"url": "https://siem.studio.example/", "format": "jsonl", "events": "workspace"}
    client.post("/webhooks/", {"key": str(uuid4()), "purpose": "SIEM"} | receiver)
    old, new = Webhook.objects.get().secret, Fernet.generate_key().decode()
    settings.TOKEN_KEYS = [new, *settings.TOKEN_KEYS]
    secret = encryption.decrypt(old)
    assert "webhooks whose secret was encrypted with the first key: 1" in reencrypt()
    settings.TOKEN_KEYS = [new]
    assert encryption.decrypt(Webhook.objects.get().secret) == secret
    settings.TOKEN_KEYS = [Fernet.generate_key().decode()]
    assert "that have to be added again: 1" in reencrypt()


def test_the_secret_key_is_rotated_under_a_live_session(client, sign_in, settings):
    sign_in(client)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [settings.SECRET_KEY]
    assert client.get("/account/").status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert client.get("/account/").status_code == 302
