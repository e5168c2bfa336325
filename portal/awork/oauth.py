"""awork's OAuth 2.1 endpoints: authorization code with PKCE, refresh, and registration (RFC 7591).

oauthlib composes the messages. Answers are read here: what a token endpoint says is never quoted, and
whatever is not a token answer is `Unclear`.
"""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from oauthlib.oauth2 import WebApplicationClient

from portal.awork import wire
from portal.awork.fields import JSON, Misshapen, mapping, number, text

SCOPES = "full_access offline_access"
TOKEN_LENGTH = 10_000  # characters
CLIENT_ID_LENGTH = 500  # characters
LONGEST_LIFE = 30 * 24 * 3600  # seconds


@dataclass(frozen=True)
class Grant:
    """The tokens of one answer; `refresh` is "" where none came, `expires_in` counts seconds."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in: int


def authorization_address(client_id: str, *, redirect_uri: str, state: str, verifier: str) -> str:
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


def exchange_code(client_id: str, *, code: str, redirect_uri: str, verifier: str) -> Grant:
    """The tokens for an authorization code, which works once."""
    body = WebApplicationClient(client_id).prepare_request_body(
        code=code,
        redirect_uri=redirect_uri,
        code_verifier=verifier,
        include_client_id=not settings.AWORK_CLIENT_SECRET,
    )
    return _tokens(client_id, body)


def refresh(client_id: str, token: str) -> Grant:
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
    answer = wire.check(wire.send("POST", "/clientapplications/register", json=body))
    return wire.read(answer, _client_id)


def _tokens(client_id: str, body: str) -> Grant:
    parts: dict[str, Any] = {"headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    if settings.AWORK_CLIENT_SECRET:
        parts["auth"] = (client_id, settings.AWORK_CLIENT_SECRET)
    answer = wire.send("POST", "/accounts/token", content=body, **parts)
    return wire.read(wire.check(answer), _grant)


def _grant(value: JSON) -> Grant:
    found = mapping(value)
    if text(found.get("token_type")).lower() != "bearer":
        raise Misshapen
    seconds = number(found.get("expires_in"))
    if seconds <= 0:
        raise Misshapen
    given = found.get("refresh_token")
    return Grant(
        access=_visible(found.get("access_token"), TOKEN_LENGTH),
        refresh=_visible(given, TOKEN_LENGTH) if given else "",
        expires_in=min(seconds, LONGEST_LIFE),
    )


def _client_id(value: JSON) -> str:
    return _visible(mapping(value).get("client_id"), CLIENT_ID_LENGTH)


def _visible(value: JSON, length: int) -> str:
    """A text that can stand in a header: visible ASCII."""
    found = text(value, length + 1)
    if not 0 < len(found) <= length or not all("!" <= character <= "~" for character in found):
        raise Misshapen
    return found
