"""`manage.py reencrypt_tokens`: after a new key was put first in TOKEN_KEYS, so that the old ones can go."""

from typing import Any

from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError

from invites.models import Webhook
from invites.stream import webhooks
from portal.awork import tokens
from portal.locks import LockBusy
from portal.models import AworkToken


class Command(BaseCommand):
    """May run beside the portal, and again."""

    help = "Encrypts the stored awork tokens and the secrets of webhooks with the first of TOKEN_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        self._webhooks()
        self._tokens()

    def _webhooks(self) -> None:
        changed, unreadable = 0, 0
        for webhook_id in list(Webhook.objects.values_list("pk", flat=True)):
            try:
                changed += webhooks.reencrypt(webhook_id)
            except InvalidToken:
                unreadable += 1
        self.stdout.write(f"webhooks whose secret was encrypted with the first key: {changed}")
        if unreadable:
            text = "webhooks whose secret no key decrypts, and that have to be added again"
            self.stdout.write(f"{text}: {unreadable}")

    def _tokens(self) -> None:
        changed, unreadable, busy = 0, 0, 0
        for user_id in list(AworkToken.objects.values_list("pk", flat=True)):
            try:
                changed += tokens.reencrypt(user_id)
            except InvalidToken:
                unreadable += 1
            except LockBusy:
                busy += 1
        self.stdout.write(f"people whose tokens were encrypted with the first key: {changed}")
        if unreadable:
            self.stdout.write(f"people whose tokens no key decrypts, and who have to sign in: {unreadable}")
        if busy:
            raise CommandError(f"The tokens of {busy} people are in use. Run it again.")
