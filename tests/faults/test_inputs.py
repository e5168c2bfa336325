"""Random and hostile input for every form and query parameter.

    INPUTS=10000 .venv/bin/pytest tests/faults/test_inputs.py

runs that many inputs, as CI does; the normal test run tries fewer.
"""

import os
import re
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.http import QueryDict
from django.urls import get_resolver
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from invites.audit.filters import EventFilter
from invites.audit.models import Event
from invites.batches.columns import COLUMNS
from invites.batches.form import InviteManyForm
from invites.batches.lines import Line, write
from invites.filters import InvitationFilter
from invites.forms import InviteForm
from invites.guests.filters import GuestFilter
from invites.models import Invitation
from invites.policy.form import DEFAULT, LONGEST
from invites.reviews.form import StartForm
from invites.views.api_tokens import TokenForm
from invites.views.erase import EraseForm
from invites.views.feeds import KeyForm
from invites.views.webhooks import WebhookForm
from portal.awork import http
from portal.models import RateLimitCounter, User
from portal.standin.entities import stable_id
from tests.faults.journey import Journey

pytestmark = pytest.mark.django_db
INPUTS = int(os.environ.get("INPUTS", "400"))
PARTS = max(4, INPUTS // 500)  # in parallel, each with a database of its own: pages of a full one take longer
SCRIPT_URL = re.compile(rb'(?:href|src|action|hx-get|hx-post)="javascript:')
MARKUP = "<img src=x onerror=alert(1)>"
NASTY = [
    MARKUP,
    f'">{MARKUP}',
    f"'>{MARKUP}",
    f"{MARKUP}@studio.example",
    f'"{MARKUP}"@studio.example',
    f"</script>{MARKUP}",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% debug %}",
    "' OR 1=1 --",
    "a\x00b",
    "\ud800",
    "١٢",
    "-1",
    "9" * 400,
    "1e999",
    "nan",
    "../" * 9,
    "//evil.example",
    "https://evil.example/tasks/WEB-12",
    "https://[",
    "\r\nSet-Cookie: a=b",
    "9" * 20,
    "Ada~Ahrens~" + "9" * 20,
    "0001-01-01",
    "9999-12-31",
    "2026-13-45",
    "\u202e\ufeff\u0130",
    "WEB-12",
    "WEB-99999999999",
    "https://nordlicht.awork.com/tasks/WEB-12/details",
    "carla@creative.example",
    "CARLA@CREATIVE.EXAMPLE",
    "ada@nordlicht.example",
    "a@bücher.example",
    "a" * 300 + "@creative.example",
    "guest",
    "sent",
    "csv",
    "off",
    "on",
    "female",
]
INVITE = [
    "task",
    "q",
    "role",
    "email",
    "first_name",
    "last_name",
    "gender",
    "ends_on",
    "comment",
    "comment_hidden",
    "keep_assignees",
    "key",
]
LIST = ["q", "state", "sort", "project", "task", "inviter", "from", "to", "before", "after"]
GUESTS = ["q", "state", "sort", "sponsor", "end", "before", "after"]
REVIEW = ["project", "due", "unanswered", "shown"]
AUDIT = [
    *LIST,
    "type",
    "actor",
    "role",
    "outcome",
    "guest",
    "ip_address",
    "request_id",
]
POLICY = [
    "roles",
    "default_role",
    "allowed_domains",
    "denied_domains",
    "own_domains",
    "own_domain_guests",
    "per_hour",
    "per_day",
    "closed_projects",
    "at_end",
    "pending_days",
    *(f"{name}-{stable_id('role', 'guest')}" for name in (DEFAULT, LONGEST)),
]
MANY = [
    *("lines", "file", "task", "role", "checked", "previewed", "key", "skip"),
    *(f"{name}-1" for name in COLUMNS),
]
LOGIN = ["next", "code", "state", "error", "error_description"]
ERASE = ["email", "again", "reason", "previewed"]
PLACES = [
    ("GET", "/invite/", INVITE),
    ("POST", "/invite/", INVITE),
    ("POST", "/invite/", INVITE),
    ("POST", "/invite/preview/", INVITE),
    ("GET", "/invite/assign/", INVITE),
    ("POST", "/invite/assign/", INVITE),
    ("GET", "/invite/many/", MANY),
    ("POST", "/invite/many/", MANY),
    ("POST", "/invite/many/send/", MANY),
    ("GET", "/invite/many/template.csv", ["separator"]),
    ("GET", "/batches/", ["before", "after"]),
    ("GET", "/invitations/", LIST),
    ("GET", "/invitations/export.csv", [*LIST, "separator"]),
    ("GET", "/guests/", GUESTS),
    ("GET", "/guests/export.csv", [*GUESTS, "separator"]),
    ("GET", "/guests/hand-over/", GUESTS),
    ("POST", "/guests/hand-over/", ["sponsor", "shown"]),
    ("GET", "/reviews/", ["before", "after"]),
    ("GET", "/reviews/start/", REVIEW),
    ("POST", "/reviews/start/", REVIEW),
    ("GET", "/attention/feed", ["key"]),
    ("GET", "/guests/calendar.ics", ["key"]),
    ("POST", "/feeds/", ["key", "feed"]),
    ("GET", "/audit/", AUDIT),
    ("GET", "/audit/histogram/", AUDIT),
    ("GET", "/audit/export.csv", AUDIT),
    ("GET", "/audit/export.jsonl", AUDIT),
    ("GET", "/login/", LOGIN),
    ("POST", "/login/", LOGIN),
    ("GET", "/login/callback/", LOGIN),
    ("GET", "/login/refused/state/", LOGIN),
    ("POST", "/guests/erase/", ERASE),
    ("GET", "/members/", ["q", "before", "after", "problem"]),
    ("POST", "/members/pending-roles/", ["email", "role"]),
    ("POST", "/webhooks/", ["key", "purpose", "url", "format", "events"]),
    ("POST", "/account/language/", ["language"]),
    ("GET", "/api/audit/", ["after", "limit", "format", "chain"]),
    ("POST", "/api-tokens/", ["key", "purpose", "reads"]),
    ("POST", "/policy/", POLICY),
    ("POST", "/policy/save/", [*POLICY, "previewed"]),
]
WITHOUT_INPUT = {
    "/",
    "/logout/",
    *("/livez", "/readyz", "/healthz", "/metrics"),
    "/account/",
    "/attention/",
    "/account/disconnect/",
    "/account/sessions/end/",
    "/status/",
    "/awork-updates/",
    "/awork-updates/connect/",
    "/awork-updates/disconnect/",
    "/audit/checkpoints.txt",
    "/audit/verify_export.py",
    "/audit/verify/",
}
HEADERS = [
    "HTTP_HX_TARGET",
    "HTTP_HX_CURRENT_URL",
    "HTTP_HX_REQUEST",
    "HTTP_USER_AGENT",
    "HTTP_ACCEPT_LANGUAGE",
]
anything = st.one_of(st.sampled_from(NASTY), st.text(max_size=60), st.uuids().map(str))


@st.composite
def requests(draw):
    """A method, a path, parameters and headers, and whether to start from valid input."""
    method, path, names = draw(st.sampled_from(PLACES))
    fields = draw(st.dictionaries(st.sampled_from(names), anything, max_size=len(names)))
    header = draw(
        st.dictionaries(st.sampled_from(HEADERS), st.sampled_from([*NASTY[:1], "true", "panel"]), max_size=2)
    )
    return method, path, fields, header, draw(st.booleans())


def check(response, where):
    """Check for a response without server error in which no input is executed."""
    assert response.status_code < 500, where
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if response.get("Content-Type", "").startswith("text/html"):
        assert MARKUP.encode() not in body, where
        assert not SCRIPT_URL.search(body), where
    assert "evil.example" not in response.get("Location", "").split("?")[0], where


@pytest.fixture
def journey(standin, settings):
    """An administrator, who can open every page, without limits on requests and licences."""
    standin.limits.second = standin.limits.minute = 10**8
    standin.world.seats = 10**6
    one = Journey(standin)
    assert one.sign_in()
    User.objects.update(role="administrator")
    return one


@settings(
    max_examples=INPUTS // PARTS,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(request=requests())
def try_inputs(journey, request):
    method, path, fields, headers, valid = request
    if valid:
        fields = valid_input(journey, method, path) | fields
    sent = {
        name: value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        for name, value in fields.items()
    }
    client = journey.client
    response = client.get(path, sent, **headers) if method == "GET" else client.post(path, sent, **headers)
    check(response, (method, path, fields, headers))
    http.breaker.reset()
    RateLimitCounter.objects.all().delete()  # rate limits are not under test


def valid_input(journey, method, path):
    """Input that this page accepts, to be combined with the random input."""
    if path == "/guests/erase/":
        return dict.fromkeys(("email", "again", "previewed"), "carla@creative.example") | {
            "reason": "asked to"
        }
    if path == "/login/callback/":
        left = journey.client.post("/login/")
        return {"state": parse_qs(urlsplit(left["Location"]).query)["state"][0], "code": "none"}
    if path.startswith("/invite/many/") and method == "POST":
        guests = [Line(1, "carla@creative.example", "Carla"), Line(2, "kim@")]
        return {"checked": write(guests), "task": "WEB-12", "role": "guest"}
    if method == "POST":
        return journey.fields | {"key": str(uuid4()), "email": "carla@creative.example"}
    return {}


def test_every_form_and_page_is_covered():
    covered = {(path, name) for _, path, names in PLACES for name in names}
    fields = {
        "/invite/": InviteForm.base_fields,
        "/invite/many/": InviteManyForm.base_fields,
        "/guests/erase/": EraseForm.base_fields,
        "/api-tokens/": TokenForm.base_fields,
        "/webhooks/": WebhookForm.base_fields,
        "/feeds/": KeyForm.base_fields,
        "/invitations/": [
            InvitationFilter.parameters.get(name, name) for name in InvitationFilter.base_fields
        ],
        "/guests/": GuestFilter.base_fields,
        "/reviews/start/": StartForm.base_fields,
        "/audit/": EventFilter(QueryDict(), uuid4()).fields,
    }
    assert {(path, name) for path, names in fields.items() for name in names} <= covered
    found = [one for name in get_resolver().reverse_dict for one in get_resolver().reverse_dict.getlist(name)]
    whole = {f"/{address}" for ways, *_ in found for address, holes in ways if not holes}
    assert whole - WITHOUT_INPUT == {path for path, _ in covered} - {"/login/refused/state/"}


@pytest.mark.parametrize("part", range(PARTS))
def test_no_input_causes_an_error_or_script_or_unlogged_invitation(journey, part):
    seed(part)(try_inputs)(journey)  # or each part would try the same in CI, where nothing is left to chance

    for invitation in Invitation.objects.all():
        assert Event.objects.filter(invitation=invitation.id, type="invitation-requested").exists()
        check(journey.client.get(invitation.get_absolute_url()), invitation.id)
    for path in ("/invitations/", "/audit/", "/audit/export.csv"):
        check(journey.client.get(path), path)
    journey.check_audit_log(User.objects.first().workspace_id)


def test_stored_markup_is_escaped(journey):
    fields = journey.fields | {"first_name": MARKUP, "last_name": "<script>alert(1)</script>"}
    journey.client.post("/invite/", fields)
    invitation = Invitation.objects.get()

    for path in (invitation.get_absolute_url(), f"/invite/{invitation.id}/", "/invitations/", "/audit/"):
        page = journey.client.get(path).content.decode()
        assert MARKUP not in page
        assert "<script>alert" not in page
        assert "&lt;img src=x" in page
