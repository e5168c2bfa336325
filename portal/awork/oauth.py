"""awork's OAuth 2.1 endpoints: authorization code with PKCE, refresh, and client registration (RFC 7591).

oauthlib composes the requests. Responses are parsed here: their content never appears in an error, and
anything but a valid token response is `Unclear`.
"""

import math
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.conf import settings
from oauthlib.oauth2 import WebApplicationClient

from portal.awork import http
from portal.awork.errors import AworkError, AworkRefused, ClientRejected, Unreachable
from portal.awork.fields import JSON, InvalidPayload, mapping, number, text
from portal.awork.schemas import Exchange
from portal.awork.timeouts import CALL_SECONDS
from portal.locks import LockBusy, named_lock
from portal.models import OAuthClient

SCOPES = "full_access offline_access"
TOKEN_LENGTH = 10_000  # characters
CLIENT_ID_LENGTH = 500  # characters
MAX_LIFETIME_SECONDS = 30 * 24 * 3600
LOCK_SECONDS = 2 * CALL_SECONDS
LOCK_WAIT_SECONDS = 40
CLIENT_ERRORS = frozenset({"invalid_client", "unauthorized_client"})  # RFC 6749, 5.2
NO_TOKEN = "none"  # noqa: S105  # a refresh token that nobody has

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class TokenResponse:
    """The response of the token endpoint; `refresh` is "" if there is none, `expires_in` is in seconds."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in: int


def redirect_uri() -> str:
    """Where awork redirects people after they signed in."""
    return f"{settings.PORTAL_URL}/login/callback/"


def client_id() -> str:
    """AWORK_CLIENT_ID, or else the id of this desk's own registration, made once for each redirect URI."""
    return settings.AWORK_CLIENT_ID or _stored_client_id() or _register_once()


def checked_client_id() -> str:
    """The same, after asking awork about it: a registration that awork has forgotten is made again.

    Raises `ClientRejected` if awork rejects the client of the settings. awork checks the client before the
    refresh token, so its answer to an invalid one shows whether it knows the client.
    """
    try:
        refresh(client_id(), NO_TOKEN)
    except ClientRejected:
        raise
    except AworkError:
        pass
    return client_id()


def authorization_url(client_id: str, *, redirect_uri: str, state: str, verifier: str) -> str:
    """awork's page on which a person allows the desk to act for them."""
    client = WebApplicationClient(client_id)
    url: str = client.prepare_request_uri(
        f"{settings.AWORK_API_URL}/accounts/authorize",
        redirect_uri=redirect_uri,
        scope=SCOPES,
        state=state,
        code_challenge=client.create_code_challenge(verifier, "S256"),
        code_challenge_method="S256",
    )
    return url


def exchange_code(client_id: str, *, code: str, redirect_uri: str, verifier: str) -> TokenResponse:
    """Get tokens for an authorization code, which works only once."""
    body = WebApplicationClient(client_id).prepare_request_body(
        code=code,
        redirect_uri=redirect_uri,
        code_verifier=verifier,
        include_client_id=not settings.AWORK_CLIENT_SECRET,
    )
    return _tokens(client_id, body)


def refresh(client_id: str, token: str) -> TokenResponse:
    """Get new tokens for a refresh token, which is used up even if the response gets lost."""
    public = {} if settings.AWORK_CLIENT_SECRET else {"client_id": client_id}
    body = WebApplicationClient(client_id).prepare_refresh_body(refresh_token=token, **public)
    return _tokens(client_id, body)


def register(redirect_uri: str) -> str:
    """Register the desk as a public client with this redirect URI and return its client id."""
    body = {
        "redirect_uris": [redirect_uri],
        "client_name": "Invitation desk",
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": SCOPES,
        "application_type": "native",
    }
    return http.send("POST", "/clientapplications/register", json=body).json(_parse_client_id)


def _stored_client_id() -> str:
    client = OAuthClient.objects.filter(awork=settings.AWORK_API_URL, redirect_uri=redirect_uri()).first()
    return client.client_id if client else ""


def _register_once() -> str:
    try:
        with named_lock("register-client", seconds=LOCK_SECONDS, wait=LOCK_WAIT_SECONDS):
            if stored := _stored_client_id():
                return stored
            return OAuthClient.objects.create(
                awork=settings.AWORK_API_URL,
                redirect_uri=redirect_uri(),
                client_id=register(redirect_uri()),
            ).client_id
    except LockBusy:
        raise Unreachable(Exchange("POST", "/clientapplications/register")) from None


def _tokens(client_id: str, body: str) -> TokenResponse:
    options: dict[str, Any] = {"headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    if settings.AWORK_CLIENT_SECRET:
        options["auth"] = (client_id, settings.AWORK_CLIENT_SECRET)
    response = http.send("POST", "/accounts/token", content=body, **options)
    try:
        return response.json(_parse_token_response)
    except AworkRefused as error:
        if error.exchange.code in CLIENT_ERRORS:
            _handle_rejected_client(client_id, error)
        raise


def _handle_rejected_client(client_id: str, error: AworkRefused) -> None:
    """Raise `ClientRejected` for the client of the settings; forget a registration that awork forgot."""
    log.error(
        "awork rejects the portal's client",
        code=error.exchange.code,
        trace_id=error.exchange.trace_id,
        remedy="check AWORK_CLIENT_ID and AWORK_CLIENT_SECRET"
        if settings.AWORK_CLIENT_ID
        else "registers again",
    )
    if settings.AWORK_CLIENT_ID:
        raise ClientRejected(error.exchange) from None
    OAuthClient.objects.filter(
        awork=settings.AWORK_API_URL, redirect_uri=redirect_uri(), client_id=client_id
    ).delete()


def _parse_token_response(value: JSON) -> TokenResponse:
    found = mapping(value)
    if text(found.get("token_type")).lower() != "bearer":
        raise InvalidPayload
    seconds = number(found.get("expires_in"), least=1, most=math.inf)
    refresh = found.get("refresh_token")
    return TokenResponse(
        access=_header_text(found.get("access_token"), TOKEN_LENGTH),
        refresh=_header_text(refresh, TOKEN_LENGTH) if refresh else "",
        expires_in=min(seconds, MAX_LIFETIME_SECONDS),
    )


def _parse_client_id(value: JSON) -> str:
    return _header_text(mapping(value).get("client_id"), CLIENT_ID_LENGTH)


def _header_text(value: JSON, length: int) -> str:
    """Text that is safe in a header: visible ASCII."""
    header = text(value, length + 1)
    if not 0 < len(header) <= length or not all("!" <= character <= "~" for character in header):
        raise InvalidPayload
    return header
