"""Every call of an invitation with every fault, over real sockets.

The results are written to var/fault-matrix.md (see `tests.faults.report`).
"""

import httpx
import pytest
from django.test import override_settings

from portal.awork import http, timeouts
from portal.awork.errors import AworkError
from tests.faults import report
from tests.faults.journey import INVITE, Journey

pytestmark = pytest.mark.django_db
SHORT = httpx.Timeout(0.5, connect=timeouts.CONNECT_SECONDS, pool=timeouts.CONNECT_SECONDS)
UNAUTHORIZED = {"code": "unauthorized", "description": "No.", "traceId": "t"}

# name: the stand-in's kind of fault and its options; see `refuse` for refused connections. A delay lasts
# until awork is restored; it and a trickle take longer than the portal waits, see `shorten_timeout`.
FAULTS = {
    "connection refused": None,
    "timeout before the effect": ("delay_before", {"seconds": 60}),
    "cut before the effect": ("cut_before", {}),
    "cut after the effect": ("cut_after", {}),
    "500": ("status", {"status": 500}),
    "502 with HTML": ("status", {"status": 502}),
    "429 with headers": ("rate_limited", {"reset": 1}),
    "429 without headers": ("rate_limited", {"headers": False}),
    "401": ("status", {"status": 401, "body": UNAUTHORIZED}),
    "empty body": ("empty", {}),
    "truncated JSON": ("truncated", {}),
    "wrong shape": ("wrong_shape", {}),
    "trickle": ("trickle", {"seconds": 0.05}),
}
SLOW = {"timeout before the effect", "trickle"}
ONCE = {"429 with headers", *SLOW}  # all others last until awork is restored

# name: method, part of the path, number of matching requests to skip
CALLS = {
    "token": ("POST", "/accounts/token", 0),
    "me": ("GET", "/me", 0),
    "permissions": ("GET", "/me/permissions", 0),
    "roles": ("GET", "/roles", 0),
    "role permissions": ("GET", "/roles/", 0),
    "search": ("GET", "/search", 0),
    "task": ("GET", "/tasks/{task}", 1),
    "invite": (*INVITE, 0),
    "task again": ("GET", "/tasks/{task}", 2),
    "setassignees": ("POST", "/setassignees", 0),
    "setplannedefforts": ("POST", "/setplannedefforts", 0),
    "refresh": ("POST", "/accounts/token", 1),
}

# Faults of awork's redirect to the callback, one for each name above.
CALLBACK_CHANGES = {
    "connection refused": lambda query: {"error": "access_denied", "state": query["state"]},
    "timeout before the effect": lambda query: {"error": "temporarily_unavailable", "state": query["state"]},
    "cut before the effect": lambda query: {},
    "cut after the effect": lambda query: {"code": query["code"]},
    "500": lambda query: {"error": "server_error", "state": query["state"]},
    "502 with HTML": lambda query: {"error": "<html>", "state": query["state"]},
    "429 with headers": lambda query: {"error": "slow_down", "state": query["state"]},
    "429 without headers": lambda query: {"state": query["state"]},
    "401": lambda query: {"error": "unauthorized_client", "state": query["state"]},
    "empty body": lambda query: {"code": "", "state": query["state"]},
    "truncated JSON": lambda query: {**query, "code": query["code"][:5]},
    "wrong shape": lambda query: {**query, "state": query["state"][::-1]},
    "trickle": lambda query: {**query, "code": query["code"] * 300},
}


@pytest.fixture
def journey(standin, monkeypatch):
    """Retries without much delay, on connections that no earlier fault has broken."""
    monkeypatch.setattr(timeouts, "RETRY_DELAYS", (0.01, 0.02))
    http._client.cache_clear()
    yield Journey(standin)
    http._client.cache_clear()


def intercept(monkeypatch, method, part, skip, replacement):
    """Send matching requests after the first `skip` by `replacement`; returns their paths and how to stop."""
    send, matching, intercepted = http._request, [], []

    def send_or_replace(exchange, path, options):
        if exchange.method == method and part in path:
            matching.append(path)
            if len(matching) > skip:
                intercepted.append(path)
                return replacement(send, exchange, path, options)
        return send(exchange, path, options)

    monkeypatch.setattr(http, "_request", send_or_replace)
    return intercepted, lambda: monkeypatch.setattr(http, "_request", send)


def refuse(monkeypatch, method, part, skip):
    """Refuse connections for these requests; returns the list of refused paths and a function to stop."""

    def send_to_closed_port(send, exchange, path, options):
        with override_settings(AWORK_API_URL="http://127.0.0.1:9/standin/api/v1"):
            return send(exchange, path, options)

    return intercept(monkeypatch, method, part, skip, send_to_closed_port)


def shorten_timeout(monkeypatch, method, part, skip):
    """Send only the first of these requests with a short timeout; others may be slow on a loaded machine."""

    def send_once(send, exchange, path, options):
        stop()
        with monkeypatch.context() as patch:
            patch.setattr(timeouts, "TOTAL_SECONDS", SHORT.read)
            return send(exchange, path, options | {"timeout": SHORT})

    _, stop = intercept(monkeypatch, method, part, skip, send_once)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_an_invitation_is_never_lost_doubled_or_misreported(journey, standin, monkeypatch, call, fault):
    method, part, skip = CALLS[call]
    part = part.format(task=journey.fields["task"])
    if FAULTS[fault] is None:
        refused, journey.stop_refusing = refuse(monkeypatch, method, part, skip)
    else:
        kind, options = FAULTS[fault]
        standin.fault(method, part, kind, 1 if fault in ONCE else None, skip=skip, **options)
        (coming,) = standin.faults.pending
        if fault in SLOW:
            shorten_timeout(monkeypatch, method, part, skip)

    signed_in = journey.sign_in()
    shown = ""
    if signed_in:
        journey.browse()
        if call == "refresh":
            journey.expire_token()
        shown = journey.send()
        journey.check_shown(shown)
    assert journey.invitations_received <= 1
    assert refused if FAULTS[fault] is None else coming.happened

    journey.recover()
    invitation = journey.invitation()
    settled = invitation.state if invitation else "nothing sent"
    if invitation:
        journey.check_consistent(invitation)
    else:
        assert not journey.guest_assigned
        assert signed_in or journey.sign_in()
        assert journey.send() == "sent"
        invitation = journey.invitation()
        journey.check_consistent(invitation)
    assert journey.invitations_received <= 1
    journey.check_audit_log(invitation.workspace_id)
    report.record_cell(
        call,
        fault,
        shown or ("form shown again" if signed_in else "sign-in refused"),
        settled,
        invitation.assignees_state,
    )


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_callback_signs_nobody_in(journey, fault):
    assert not journey.sign_in(CALLBACK_CHANGES[fault])

    assert journey.sign_in()
    assert journey.send() == "sent"
    invitation = journey.invitation()
    journey.check_consistent(invitation)
    journey.check_audit_log(invitation.workspace_id)
    report.record_cell(
        "authorize answer", fault, "sign-in refused", "nothing sent", invitation.assignees_state
    )


def test_refused_connections_raise_as_for_a_dead_host(journey, monkeypatch):
    refuse(monkeypatch, "GET", "/me", 0)
    with pytest.raises(AworkError):
        http.send("GET", "/me")


def test_a_failed_token_refresh_when_everything_else_is_cached(journey, standin):
    assert journey.sign_in()
    journey.fields["task"] = "WEB-12"
    assert journey.client.get("/invite/", journey.fields).status_code == 200
    journey.expire_token()
    standin.fault("POST", "/accounts/token", "rate_limited", None, headers=False)

    assert journey.send() == ""
    assert journey.invitation() is None
