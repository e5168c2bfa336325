"""awork's OAuth endpoints: the page where one picks who to be, the tokens, the registration of clients."""

import base64
import binascii
import json
import time
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from portal.standin.calls import error
from portal.standin.cast import CAST
from portal.standin.grants import App, Grant, OAuthError
from portal.standin.refusal import Refusal
from portal.standin.service import Standin, standin_of

POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
REQUIRED = {"response_type": "code", "code_challenge_method": "S256"}


def authorize(request: HttpRequest) -> HttpResponse:
    """GET shows the cast, POST sends back to the client with a code or with access_denied."""
    standin = standin_of(request)
    query = request.GET
    app = standin.grants.apps.get(query.get("client_id", ""))
    target = query.get("redirect_uri", "")
    if app is None or target not in app.redirect_uris:
        # Never send anybody to an address that no client has registered.
        return page(request, "standin/problem.html", {}, status=400)
    if any(query.get(name) != value for name, value in REQUIRED.items()) or not query.get("code_challenge"):
        return back(request, target, error="invalid_request")
    if request.method == "POST":
        return decide(request, standin, app, target)
    return page(request, "standin/authorize.html", {"app": app, "people": groups(standin)}, target=target)


def decide(request: HttpRequest, standin: Standin, app: App, target: str) -> HttpResponse:
    """What was picked on the page."""
    choice = request.POST.get("person", "")
    person = next((one for one in standin.world.people.values() if str(one.id) == choice), None)
    if person is None:
        return back(request, target, error="access_denied")
    standin.world.accept(person)
    code = standin.grants.grant_code(app, target, request.GET["code_challenge"], person.id)
    return back(request, target, code=code)


def back(request: HttpRequest, target: str, **answer: str) -> HttpResponse:
    """To the client, with its state."""
    if "state" in request.GET:
        answer["state"] = request.GET["state"]
    joint = "&" if urlsplit(target).query else "?"
    return HttpResponse(status=302, headers={"Location": f"{target}{joint}{urlencode(answer)}"})


def groups(standin: Standin) -> list[dict[str, Any]]:
    """The people one can be, workspace by workspace, invited ones last."""
    order = {handle: index for index, (handle, *_) in enumerate(CAST)}
    people = sorted(standin.world.people.values(), key=lambda one: order.get(one.handle, len(order)))
    return [
        {"workspace": workspace, "people": [one for one in people if one.workspace_id == workspace.id]}
        for workspace in standin.world.workspaces.values()
    ]


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200, target: str = ""
) -> HttpResponse:
    """A page of the stand-in; its form may lead to `target`: browsers check the redirect after it too."""
    response = render(request, template, context, status=status)
    parts = urlsplit(target)
    origin = f" {parts.scheme}://{parts.netloc}" if target else ""
    response["Content-Security-Policy"] = POLICY + origin
    response["X-Content-Type-Options"] = "nosniff"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    return response


def token(request: HttpRequest) -> HttpResponse:
    """Codes and refresh tokens in, new tokens out."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    try:
        grant = granted(standin_of(request), request)
    except OAuthError as problem:
        response = JsonResponse({"error": problem.error}, status=problem.status)
        if problem.status == 401:
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


def granted(standin: Standin, request: HttpRequest) -> Grant:
    """The grant that the client asks for."""
    form = request.POST
    app = client(standin, request)
    if form.get("grant_type") == "authorization_code":
        return standin.grants.exchange(
            app, form.get("code", ""), form.get("redirect_uri", ""), form.get("code_verifier", "")
        )
    if form.get("grant_type") == "refresh_token":
        return standin.grants.refresh(app, form.get("refresh_token", ""))
    raise OAuthError("unsupported_grant_type")


def client(standin: Standin, request: HttpRequest) -> App:
    """The client: by Basic if confidential, by the id in the body if public."""
    scheme, _, coded = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Basic":
        return standin.grants.client(request.POST.get("client_id", ""), "", basic=False)
    try:
        client_id, _, secret = base64.b64decode(coded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise OAuthError("invalid_client", 401) from None
    return standin.grants.client(unquote(client_id), unquote(secret), basic=True)


def register(request: HttpRequest) -> HttpResponse:
    """RFC 7591 for public clients, without authentication."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    try:
        asked = json.loads(request.body)
        addresses = [
            address for address in asked["redirect_uris"] if urlsplit(address).scheme in {"http", "https"}
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        addresses = []
    if not addresses or asked.get("token_endpoint_auth_method", "none") != "none":
        return error(Refusal(400, "validation-failed", "A public client with redirect_uris is needed."))
    app = standin_of(request).grants.register(str(asked.get("client_name", "")), addresses)
    kept = {
        name: asked[name]
        for name in ("grant_types", "response_types", "scope", "application_type")
        if name in asked
    }
    return JsonResponse(
        {
            **kept,
            "client_id": app.client_id,
            "client_name": app.name,
            "redirect_uris": addresses,
            "token_endpoint_auth_method": "none",
            "client_id_issued_at": int(time.time()),
        },
        status=201,
    )
