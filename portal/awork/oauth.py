"""awork's OAuth 2.1 endpoints: authorization code with PKCE, refresh, and registration (RFC 7591).

oauthlib composes the messages. Answers are read here: what a token endpoint says is never quoted, and
whatever is not a token answer is `Unclear`.
"""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from oauthlib.oauth2 import WebApplicationClient

from portal.awork import http
from portal.awork.fields import JSON, InvalidPayload, mapping, number, text

SCOPES = "full_access offline_access"
TOKEN_LENGTH = 10_000  # characters
CLIENT_ID_LENGTH = 500  # characters
MAX_LIFETIME_SECONDS = 30 * 24 * 3600  # seconds


@dataclass(frozen=True)
class TokenResponse:
    """The tokens of one answer; `refresh` is "" where none came, `expires_in` counts seconds."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in: int


def authorization_url(client_id: str, *, redirect_uri: str, state: str, verifier: str) -> str:
    """Where a person agrees, or does not, that the portal acts for them."""
    client = WebApplicationClient(client_id)
    address: str = client.prepare_request_uri(
        f"{settings.AWORK_API_URL}/accounts/authorize",
        redirect_uri=redirect_uri,
        scope=SCOPES,
        state=state,
        code_challenge=client.create_code_challenge(verifier, "S256"),
        code_challenge_method="S256",
    )
    return address


def exchange_code(client_id: str, *, code: str, redirect_uri: str, verifier: str) -> TokenResponse:
    """The tokens for an authorization code, which works once."""
    body = WebApplicationClient(client_id).prepare_request_body(
        code=code,
        redirect_uri=redirect_uri,
        code_verifier=verifier,
        include_client_id=not settings.AWORK_CLIENT_SECRET,
    )
    return _tokens(client_id, body)


def refresh(client_id: str, token: str) -> TokenResponse:
    """New tokens for a refresh token, which is used up even where the answer is lost."""
    public = {} if settings.AWORK_CLIENT_SECRET else {"client_id": client_id}
    body = WebApplicationClient(client_id).prepare_refresh_body(refresh_token=token, **public)
    return _tokens(client_id, body)


def register(redirect_uri: str) -> str:
    """Register this portal as a public client for this redirect address; the id that awork gives."""
    body = {
        "redirect_uris": [redirect_uri],
        "client_name": "Invitation desk",
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": SCOPES,
        "application_type": "native",
    }
    answer = http.raise_for_status(http.send("POST", "/clientapplications/register", json=body))
    return http.decode(answer, _client_id)


def _tokens(client_id: str, body: str) -> TokenResponse:
    parts: dict[str, Any] = {"headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    if settings.AWORK_CLIENT_SECRET:
        parts["auth"] = (client_id, settings.AWORK_CLIENT_SECRET)
    answer = http.send("POST", "/accounts/token", content=body, **parts)
    return http.decode(http.raise_for_status(answer), _token_response)


def _token_response(value: JSON) -> TokenResponse:
    found = mapping(value)
    if text(found.get("token_type")).lower() != "bearer":
        raise InvalidPayload
    seconds = number(found.get("expires_in"))
    if seconds <= 0:
        raise InvalidPayload
    given = found.get("refresh_token")
    return TokenResponse(
        access=_header_text(found.get("access_token"), TOKEN_LENGTH),
        refresh=_header_text(given, TOKEN_LENGTH) if given else "",
        expires_in=min(seconds, MAX_LIFETIME_SECONDS),
    )


def _client_id(value: JSON) -> str:
    return _header_text(mapping(value).get("client_id"), CLIENT_ID_LENGTH)


def _header_text(value: JSON, length: int) -> str:
    """A text that can stand in a header: visible ASCII."""
    found = text(value, length + 1)
    if not 0 < len(found) <= length or not all("!" <= character <= "~" for character in found):
        raise InvalidPayload
    return found
