"""Under which client id the portal is known at awork."""

from django.conf import settings

from portal.awork import oauth
from portal.awork.errors import Unreachable
from portal.awork.schemas import Exchange
from portal.locks import LockBusy, named_lock
from portal.models import OAuthClient

LOCK_SECONDS = 60
LOCK_WAIT_SECONDS = 40


def redirect_uri() -> str:
    """Where awork sends people back to."""
    return f"{settings.PORTAL_URL}/login/callback/"


def client_id() -> str:
    """AWORK_CLIENT_ID, or the id that this portal registered itself under, once for each address."""
    return settings.AWORK_CLIENT_ID or _stored() or _register()


def _stored() -> str:
    found = OAuthClient.objects.filter(awork=settings.AWORK_API_URL, redirect_uri=redirect_uri()).first()
    return found.client_id if found else ""


def _register() -> str:
    try:
        with named_lock("register-client", seconds=LOCK_SECONDS, wait=LOCK_WAIT_SECONDS):
            known = _stored()
            if known:
                return known
            return OAuthClient.objects.create(
                awork=settings.AWORK_API_URL,
                redirect_uri=redirect_uri(),
                client_id=oauth.register(redirect_uri()),
            ).client_id
    except LockBusy:
        raise Unreachable(Exchange("POST", "/clientapplications/register")) from None
