"""The demo's members: how they sign in, and as whom they act."""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from invites.demo.standin import Standin
from portal import clock
from portal.accounts import members
from portal.accounts.admission import admit, refusal_reason
from portal.actor import Actor, for_user
from portal.awork import oauth
from portal.awork.client import Client, FixedToken
from portal.awork.schemas import Me
from portal.awork.tokens import background_client
from portal.models import User
from portal.roles import DeskRole
from portal.signals import sign_in_refused, signed_in

ROLES = {"lea": DeskRole.LEAD, "anton": DeskRole.AUDITOR}  # others have what awork makes them
SESSION = timedelta(days=21)  # after which they sign in again
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


class People:
    """The members by their short names in the stand-in's seed data, each signed in when they act."""

    def __init__(self, standin: Standin) -> None:
        self.standin = standin
        self.users: dict[str, User] = {}
        self._sessions: dict[str, datetime] = {}  # when they end

    def introduce(self) -> None:
        """Let everybody with a desk role of their own sign in once, and the administrator assign it."""
        ada = self.acting("ada")
        for handle, role in ROLES.items():
            members.change_role(self.acting(handle), role, by=ada, acting=actor_of(ada))
            self.users[handle].refresh_from_db()

    def acting(self, handle: str) -> User:
        """This member, who has signed in lately."""
        if handle not in self._sessions or self._sessions[handle] < clock.now():
            self.sign_in(handle)
        return self.users[handle]

    def sign_in(self, handle: str) -> None:
        """Sign in as the callback's view does, which needs a browser's session; a refusal is recorded."""
        verifier = secrets.token_urlsafe(64)
        code = self.standin.sign_in(sign_in_url(verifier), awork_id(f"{handle}@nordlicht.example"))
        redirect = oauth.redirect_uri()
        grant = oauth.exchange_code(oauth.client_id(), code=code, redirect_uri=redirect, verifier=verifier)
        awork = Client(FixedToken(grant.access))
        me, permissions = awork.me(), awork.permissions()
        with transaction.atomic():
            user = User.objects.filter(awork_id=me.user.id).first()
            reason = refusal_reason(me, permissions, settings.AWORK_WORKSPACES, user)
            if reason:
                sign_in_refused.send(sender=People, actor=_refused(me), reason=reason)
                return
            user, was_admin = admit(user, me, permissions, grant)
            members.sync_with_awork(user, was_admin=was_admin)
            signed_in.send(sender=People, actor=actor_of(user), user=user)
        self.users[handle], self._sessions[handle] = user, clock.now() + SESSION


def sign_in_url(verifier: str) -> str:
    """awork's page to sign in at."""
    redirect = oauth.redirect_uri()
    return oauth.authorization_url(oauth.client_id(), redirect_uri=redirect, state="demo", verifier=verifier)


def awork_id(email: str) -> UUID:
    """The id of the person with this address."""
    return api_client().users_by_email(email)[0].id


def api_client() -> Client:
    """awork, as seen with the demo's API key."""
    client = background_client()
    if client is None:
        raise RuntimeError("the demo needs AWORK_API_KEY")
    return client


def actor_of(user: User) -> Actor:
    """The user at a computer of the office, in a request of its own."""
    return replace(for_user(user), ip_address=f"192.0.2.{10 + user.pk % 200}", user_agent=USER_AGENT)


def _refused(me: Me) -> Actor:
    return Actor(me.workspace.id, me.user.id, me.user.name, me.user.email, "198.51.100.7", USER_AGENT)
