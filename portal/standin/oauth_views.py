"""awork's OAuth endpoints: the page to choose a user on, tokens, and client registration."""

import base64
import binascii
import json
import time
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation

from portal.standin.errors import ApiError, error_response
from portal.standin.oauth_grants import OAuthError, RegisteredClient, TokenGrant
from portal.standin.seed import USERS
from portal.standin.standin import Standin, standin_of

POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
REQUIRED = {"response_type": "code", "code_challenge_method": "S256"}


def authorize(request: HttpRequest) -> HttpResponse:
    """GET shows the page to choose a user on; POST redirects with a code or with access_denied."""
    standin = standin_of(request)
    query = request.GET
    app = standin.grants.apps.get(query.get("client_id", ""))
    target = query.get("redirect_uri", "")
    if app is None or target not in app.redirect_uris:
        # Never redirect to an address that the client hasn't registered.
        return render_page(request, "standin/unknown_client.html", {}, status=400)
    if any(query.get(name) != value for name, value in REQUIRED.items()) or not query.get("code_challenge"):
        return redirect_back(request, target, error="invalid_request")
    if request.method == "POST":
        return grant_or_deny(request, standin, app, target)
    return render_page(
        request, "standin/authorize.html", {"app": app, "people": users_by_workspace(standin)}, target=target
    )


def grant_or_deny(request: HttpRequest, standin: Standin, app: RegisteredClient, target: str) -> HttpResponse:
    """Handle the choice made on the page."""
    choice = request.POST.get("person", "")
    person = next((one for one in standin.world.people.values() if str(one.id) == choice), None)
    if person is None:
        return redirect_back(request, target, error="access_denied")
    standin.world.accept_invitation(person)
    code = standin.grants.grant_code(app, target, request.GET["code_challenge"], person.id)
    return redirect_back(request, target, code=code)


def redirect_back(request: HttpRequest, target: str, **parameters: str) -> HttpResponse:
    """Redirect to the client with these parameters and its state."""
    if "state" in request.GET:
        parameters["state"] = request.GET["state"]
    separator = "&" if urlsplit(target).query else "?"
    return HttpResponse(status=302, headers={"Location": f"{target}{separator}{urlencode(parameters)}"})


def users_by_workspace(standin: Standin) -> list[dict[str, Any]]:
    """The users to choose from by workspace: those of the seed data in its order, and the invited ones."""
    order = {handle: index for index, (handle, *_) in enumerate(USERS)}
    people = sorted(standin.world.people.values(), key=lambda one: order.get(one.handle, len(order)))
    groups = []
    for workspace in standin.world.workspaces.values():
        here = [one for one in people if one.workspace_id == workspace.id]
        members, invited = [one for one in here if one.handle], [one for one in here if not one.handle]
        groups.append({"workspace": workspace, "members": members, "invited": invited})
    return groups


def render_page(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200, target: str = ""
) -> HttpResponse:
    """Render a page in the browser's language.

    Its form may redirect to `target`, which browsers check against the policy too.
    """
    with translation.override(translation.get_language_from_request(request)):
        response = render(request, template, context, status=status)
    parts = urlsplit(target)
    origin = f" {parts.scheme}://{parts.netloc}" if target else ""
    response["Content-Security-Policy"] = POLICY + origin
    response["X-Content-Type-Options"] = "nosniff"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    return response


def token(request: HttpRequest) -> HttpResponse:
    """Exchange codes and refresh tokens for new tokens."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    try:
        grant = issue_tokens(standin_of(request), request)
    except OAuthError as error:
        response = JsonResponse({"error": error.error}, status=error.status)
        if error.status == 401:
            response["WWW-Authenticate"] = "Basic"
    else:
        response = JsonResponse(
            {
                "access_token": grant.access,
                "token_type": "Bearer",
                "expires_in": max(0, round(grant.access_until - time.time())),
                "refresh_token": grant.refresh,
                "scope": "full_access offline_access",
            }
        )
    response["Cache-Control"] = "no-store"
    return response


def issue_tokens(standin: Standin, request: HttpRequest) -> TokenGrant:
    """Carry out the requested grant."""
    form = request.POST
    app = authenticate_client(standin, request)
    if form.get("grant_type") == "authorization_code":
        return standin.grants.exchange(
            app, form.get("code", ""), form.get("redirect_uri", ""), form.get("code_verifier", "")
        )
    if form.get("grant_type") == "refresh_token":
        return standin.grants.refresh(app, form.get("refresh_token", ""))
    raise OAuthError("unsupported_grant_type")


def authenticate_client(standin: Standin, request: HttpRequest) -> RegisteredClient:
    """The client: by Basic authentication if confidential, by the id in the body if public."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Basic":
        return standin.grants.client(request.POST.get("client_id", ""), "", basic=False)
    try:
        client_id, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise OAuthError("invalid_client", 401) from None
    return standin.grants.client(unquote(client_id), unquote(secret), basic=True)


def register(request: HttpRequest) -> HttpResponse:
    """Register a public client (RFC 7591); needs no authentication."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    try:
        body = json.loads(request.body)
        addresses = [
            address for address in body["redirect_uris"] if urlsplit(address).scheme in {"http", "https"}
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        addresses = []
    if not addresses or body.get("token_endpoint_auth_method", "none") != "none":
        return error_response(
            ApiError(400, "validation-failed", "Only public clients with redirect_uris can register.")
        )
    app = standin_of(request).grants.register(str(body.get("client_name", "")), addresses)
    echoed = {
        name: body[name]
        for name in ("grant_types", "response_types", "scope", "application_type")
        if name in body
    }
    return JsonResponse(
        {
            **echoed,
            "client_id": app.client_id,
            "client_name": app.name,
            "redirect_uris": addresses,
            "token_endpoint_auth_method": "none",
            "client_id_issued_at": int(time.time()),
        },
        status=201,
    )
