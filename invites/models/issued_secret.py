"""Secrets that the desk gives out, which are shown once and never stored."""

from django.db import models

DIGEST_LENGTH = 64  # hexadecimal digits of SHA-256


class IssuedSecret(models.Model):
    """What is stored of one: its digest, and a prefix to recognise it by; see `invites.issued_secrets`."""

    prefix = models.CharField(max_length=20)
    digest = models.CharField(max_length=DIGEST_LENGTH)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)  # to the minute

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.prefix
