"""Users, sessions and awork credentials."""

from datetime import timedelta
from importlib import import_module
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone

from portal.email_addresses import key_of
from portal.roles import ROLE_PERMISSIONS, DeskRole, Permission
from portal.search import document

RECHECK_AFTER = timedelta(minutes=15)  # how often awork must confirm that a user still has access

EMAIL_KEY_LENGTH = 1000  # lower case can be longer than the address


class Workspace(models.Model):
    """An awork workspace whose members use this portal."""

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=1000)

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Loads the workspace with the user: every page shows its name."""

    def get_queryset(self) -> models.QuerySet["User"]:
        return super().get_queryset().select_related("workspace")


class User(AbstractBaseUser):
    """A member of an awork workspace, with a copy of their awork profile.

    `role` is the desk role, `is_admin` comes from awork; `confirmed_at` is when awork last confirmed their
    access.
    """

    password = None  # type: ignore[assignment]  # people sign in with awork
    awork_id = models.UUIDField(unique=True)
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="users")
    first_name = models.CharField(max_length=1000, blank=True)
    last_name = models.CharField(max_length=1000, blank=True)
    email = models.CharField(max_length=1000, blank=True)  # as awork spells it
    email_key = models.CharField(max_length=EMAIL_KEY_LENGTH, blank=True, editable=False)
    search_text = models.TextField(editable=False)  # see portal.search
    role = models.CharField(max_length=13, choices=DeskRole, default=DeskRole.MANAGER)
    is_active = models.BooleanField(default=True)
    left_at = models.DateTimeField(null=True)  # when awork said that they aren't a member any more
    confirmed_at = models.DateTimeField(default=timezone.now)
    is_admin = models.BooleanField(default=False)
    can_list_roles = models.BooleanField(default=False)
    can_list_users = models.BooleanField(default=False)
    sees_all_users = models.BooleanField(default=False)  # else those of their own teams, or only oneself

    USERNAME_FIELD = "awork_id"
    objects = UserManager()

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with the key by which the address is found, and the words to search."""
        self.email_key = key_of(self.email)[:EMAIL_KEY_LENGTH]
        self.search_text = document(self.first_name, self.last_name, self.email)
        super().save(*args, **kwargs)

    @property
    def name(self) -> str:
        """First and last name, else the e-mail address."""
        return f"{self.first_name} {self.last_name}".strip() or self.email or str(self.awork_id)

    @property
    def permissions(self) -> frozenset[Permission]:
        """The permissions of the desk role."""
        return ROLE_PERMISSIONS[self.role]

    @property
    def is_confirmed(self) -> bool:
        """Whether awork has confirmed their access within the last 15 minutes."""
        return timezone.now() - self.confirmed_at < RECHECK_AFTER

    def get_session_auth_hash(self) -> str:
        """A constant: there is no password whose change could end sessions. Empty would end all of them."""
        return "no-password"

    def get_session_auth_fallback_hash(self) -> Any:
        """See `get_session_auth_hash`."""
        return iter(())


class PendingRole(models.Model):
    """The desk role set for an address before its first sign-in.

    Once a person with this address has signed in as `user`, it waits for an administrator's confirmation.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="pending_roles")
    email = models.CharField(max_length=320)  # its key, see portal.email_addresses
    role = models.CharField(max_length=13, choices=DeskRole)
    user = models.OneToOneField(User, on_delete=models.CASCADE, null=True, related_name="pending_role")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "email"], name="portal_pendingrole_email")
        ]

    def __str__(self) -> str:
        return f"{self.role} to be"


class Session(AbstractBaseSession):
    """A browser's session; see `portal.sessions`. It has no `user` until the sign-in is complete.

    URLs and pages use `handle`, as the session key is a secret.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")
    handle = models.UUIDField(default=uuid4)
    started_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    ip_address = models.CharField(max_length=200, blank=True)
    user_agent = models.CharField(max_length=500, blank=True)

    @classmethod
    def get_session_store_class(cls) -> Any:
        """The session engine."""
        return import_module(settings.SESSION_ENGINE).SessionStore


class PendingSignIn(models.Model):
    """A sign-in that is under way at awork; see `portal.accounts.oauth_state`.

    State and browser are digests. The verifier is empty once the state has been used.
    """

    state = models.CharField(max_length=64, primary_key=True)
    browser = models.CharField(max_length=64, db_index=True)
    verifier = models.CharField(max_length=128, blank=True)
    next = models.CharField(max_length=2000, blank=True)
    started_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"started at {self.started_at}"


class AworkToken(models.Model):
    """The awork tokens of a user, encrypted with TOKEN_KEYS."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="token")
    access = models.TextField()
    refresh = models.TextField(blank=True)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"tokens of {self.user_id}"


class OAuthClient(models.Model):
    """The client id that awork issued for one redirect URI (RFC 7591)."""

    awork = models.CharField(max_length=500)
    redirect_uri = models.CharField(max_length=500)
    client_id = models.CharField(max_length=500)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["awork", "redirect_uri"], name="portal_oauthclient_redirect")
        ]

    def __str__(self) -> str:
        return self.client_id


class RateLimitCounter(models.Model):
    """How often something was done within a window of time; see `portal.web.rate_limits`."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    is_reported = models.BooleanField(default=False)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.count} times"


class RefusalCounter(models.Model):
    """Refused attempts of one person by one rule; see `invites.audit.refusals`.

    Of those until `ends_at`, `recorded` have their own events and `omitted` are only counted yet.
    `ip_address` is where the last of these came from.
    """

    workspace = models.UUIDField()
    person = models.UUIDField()  # the awork id
    rule = models.CharField(max_length=40)
    right = models.CharField(max_length=40, blank=True)
    ends_at = models.DateTimeField()
    recorded = models.PositiveIntegerField(default=0)
    omitted = models.PositiveIntegerField(default=0)
    ip_address = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "person", "rule", "right"], name="one_refusal_counter"
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.omitted} times"


class NamedLock(models.Model):
    """The current holder of a lock; see `portal.locks`."""

    name = models.CharField(max_length=200, primary_key=True)
    holder = models.UUIDField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.name
