"""Under which client id the portal is known at awork."""

from django.conf import settings

from portal.awork import oauth
from portal.awork.errors import Unreachable
from portal.awork.shapes import Exchange
from portal.claims import Busy, claim
from portal.models import OAuthClient

CLAIM_SECONDS = 60
PATIENCE_SECONDS = 40


def redirect_uri() -> str:
    """Where awork sends people back to."""
    return f"{settings.PORTAL_URL}/login/callback/"


def client_id() -> str:
    """AWORK_CLIENT_ID, or the id that this portal registered itself under, once for each address."""
    return settings.AWORK_CLIENT_ID or _known() or _register()


def _known() -> str:
    found = OAuthClient.objects.filter(awork=settings.AWORK_API_URL, redirect_uri=redirect_uri()).first()
    return found.client_id if found else ""


def _register() -> str:
    try:
        with claim("register-client", seconds=CLAIM_SECONDS, wait=PATIENCE_SECONDS):
            known = _known()
            if known:
                return known
            return OAuthClient.objects.create(
                awork=settings.AWORK_API_URL,
                redirect_uri=redirect_uri(),
                client_id=oauth.register(redirect_uri()),
            ).client_id
    except Busy:
        raise Unreachable(Exchange("POST", "/clientapplications/register")) from None
