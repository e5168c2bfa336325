"""`manage.py reencrypt_tokens`: after a new key was put first in TOKEN_KEYS, so that the old ones can go."""

from typing import Any

from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError

from portal.awork import tokens
from portal.locks import LockBusy
from portal.models import AworkToken


class Command(BaseCommand):
    """May run beside the portal, and again."""

    help = "Encrypts the stored awork tokens with the first of TOKEN_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
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
