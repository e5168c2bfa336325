"""awork's OAuth 2.1 endpoints: authorization code with PKCE, refresh, and client registration (RFC 7591).

oauthlib composes the requests. Responses are parsed here: their content never appears in an error, and
anything but a valid token response is `Unclear`.
"""

import math
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from oauthlib.oauth2 import WebApplicationClient

from portal.awork import http
from portal.awork.errors import Unreachable
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
    return http.send("POST", "/accounts/token", content=body, **options).json(_parse_token_response)


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
