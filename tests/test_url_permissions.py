"""Every URL and its response for each desk role. A new URL without an entry fails."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import pytest
from django.conf import settings
from django.test import Client, TestCase, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.models import ApiToken, Webhook
from invites.policy import versions
from invites.policy.rules import Rules
from portal import actor
from portal.models import PendingRole, User
from portal.standin.seed import MAIN, OTHER
from tests.invites.factories import batch, ending, guest, invitation, person, review
from tests.standin_server import sign_in
from tests.translations import english_left

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.xdist_group("rights"),
]  # shared fixture: one worker

PEOPLE = ("nobody", "manager", "lead", "auditor", "administrator", "stranger")
CAST = {"manager": "paula", "lead": "mona", "auditor": "paul", "administrator": "ada", "stranger": "otto"}
ROLES = {"stranger": "administrator"}
IN, OUT, NO, NONE = "in", "sign in", 403, 404

# Method and URL name, and the response for each of PEOPLE. "in" is any page of the URL itself: 200, the form
# with errors (422), or a redirect after success. The stranger is an administrator of another workspace.
EVERYONE = (IN, IN, IN, IN, IN, IN)
MEMBERS = (OUT, IN, IN, IN, IN, IN)
INVITERS = (OUT, IN, IN, NO, IN, IN)
GUEST_MANAGERS = (OUT, NO, IN, NO, IN, IN)
AUDITORS = (OUT, NO, NO, IN, IN, IN)
ADMINISTRATORS = (OUT, NO, NO, NO, IN, IN)
FOUND_BY_ALL = (OUT, NONE, IN, IN, IN, NONE)  # an invitation by another manager
FOUND_BY_GUEST_MANAGERS = (OUT, NO, IN, NO, IN, NONE)
FOUND_BY_INVITERS = (OUT, NONE, IN, NO, IN, NONE)
OWN_AND_ADMINISTRATORS = (OUT, NONE, NONE, NONE, IN, NONE)
OWN_ONLY = (OUT, NONE, NONE, NO, NONE, NONE)
OWN_SESSION_ONLY = (OUT, NONE, NONE, NONE, NONE, NONE)
FOUND_BY_AUDITORS = (OUT, NO, NO, IN, IN, NONE)
FOUND_BY_ADMINISTRATORS = (OUT, NO, NO, NO, IN, NONE)

RESPONSES = {
    ("GET", "home"): EVERYONE,
    ("GET", "login"): EVERYONE,
    ("POST", "login"): EVERYONE,
    ("GET", "login-callback"): EVERYONE,
    ("GET", "login-refused"): EVERYONE,
    ("POST", "logout"): EVERYONE,
    ("GET", "livez"): EVERYONE,
    ("GET", "readyz"): EVERYONE,
    ("GET", "healthz"): EVERYONE,
    ("GET", "metrics"): (NO, NO, NO, NO, NO, NO),  # for machines: a token, or from this one
    ("GET", "account"): MEMBERS,
    ("POST", "account-disconnect"): MEMBERS,
    ("POST", "account-end-others"): MEMBERS,
    ("POST", "account-language"): MEMBERS,
    ("POST", "account-end"): OWN_SESSION_ONLY,
    ("GET", "invite"): INVITERS,
    ("POST", "invite"): INVITERS,
    ("POST", "invite-preview"): INVITERS,
    ("GET", "invite-many"): INVITERS,
    ("POST", "invite-many"): INVITERS,
    ("GET", "invite-many-send"): INVITERS,
    ("POST", "invite-many-send"): INVITERS,
    ("GET", "invite-many-template"): INVITERS,
    ("GET", "guest-assign"): INVITERS,
    ("POST", "guest-assign"): INVITERS,
    ("GET", "invite-result"): OWN_ONLY,
    ("GET", "invitations"): MEMBERS,
    ("GET", "invitations-csv"): MEMBERS,
    ("GET", "invitation"): FOUND_BY_ALL,
    ("POST", "invitation-check"): FOUND_BY_ALL,
    ("POST", "invitation-restore-assignees"): FOUND_BY_INVITERS,
    ("POST", "invitation-retry"): OWN_ONLY,
    ("POST", "invitation-dismiss"): FOUND_BY_INVITERS,
    ("GET", "batches"): MEMBERS,
    ("GET", "batch"): FOUND_BY_ALL,
    ("GET", "batch-csv"): FOUND_BY_ALL,
    ("POST", "batch-pause"): OWN_AND_ADMINISTRATORS,
    ("GET", "batch-stop"): OWN_AND_ADMINISTRATORS,
    ("POST", "batch-stop"): OWN_AND_ADMINISTRATORS,
    ("POST", "batch-resume"): OWN_ONLY,
    ("POST", "batch-retry"): OWN_ONLY,
    ("GET", "attention"): MEMBERS,
    ("GET", "attention-feed"): (NONE, NONE, NONE, NONE, NONE, NONE),  # for programs: a key
    ("GET", "guests-calendar"): (NONE, NONE, NONE, NONE, NONE, NONE),
    ("GET", "feeds"): MEMBERS,
    ("POST", "feeds"): MEMBERS,
    ("POST", "feed-revoke"): OWN_SESSION_ONLY,
    ("GET", "guests"): MEMBERS,
    ("GET", "guests-csv"): MEMBERS,
    ("GET", "guest"): FOUND_BY_ALL,
    ("GET", "guests-hand-over"): GUEST_MANAGERS,
    ("POST", "guests-hand-over"): GUEST_MANAGERS,
    ("GET", "guest-sponsor"): FOUND_BY_GUEST_MANAGERS,
    ("POST", "guest-sponsor"): FOUND_BY_GUEST_MANAGERS,
    ("GET", "guest-end-date"): FOUND_BY_INVITERS,
    ("POST", "guest-end-date"): FOUND_BY_INVITERS,
    ("GET", "guest-end"): FOUND_BY_INVITERS,
    ("POST", "guest-end"): FOUND_BY_INVITERS,
    ("GET", "guest-endings"): FOUND_BY_ALL,
    ("GET", "guest-ending"): FOUND_BY_ALL,
    ("POST", "guest-ending-check"): FOUND_BY_INVITERS,
    ("POST", "guest-ending-confirm"): FOUND_BY_INVITERS,
    ("POST", "guest-ending-withdraw"): FOUND_BY_INVITERS,
    ("GET", "guest-erase"): ADMINISTRATORS,
    ("POST", "guest-erase"): ADMINISTRATORS,
    ("GET", "reviews"): MEMBERS,
    ("GET", "review-start"): ADMINISTRATORS,
    ("POST", "review-start"): ADMINISTRATORS,
    ("GET", "review"): FOUND_BY_ALL,
    ("POST", "review"): FOUND_BY_INVITERS,
    ("GET", "review-csv"): FOUND_BY_ALL,
    ("GET", "review-close"): FOUND_BY_ADMINISTRATORS,
    ("POST", "review-close"): FOUND_BY_ADMINISTRATORS,
    ("GET", "review-call-off"): FOUND_BY_ADMINISTRATORS,
    ("POST", "review-call-off"): FOUND_BY_ADMINISTRATORS,
    ("GET", "members"): ADMINISTRATORS,
    ("POST", "member-role"): FOUND_BY_ADMINISTRATORS,
    ("POST", "pending-role-set"): ADMINISTRATORS,
    ("POST", "pending-role-remove"): FOUND_BY_ADMINISTRATORS,
    ("POST", "pending-role-confirm"): FOUND_BY_ADMINISTRATORS,
    ("POST", "pending-role-reject"): FOUND_BY_ADMINISTRATORS,
    ("GET", "status"): ADMINISTRATORS,
    ("GET", "api-audit"): (401, 401, 401, 401, 401, 401),  # for machines: a token
    ("GET", "api-tokens"): ADMINISTRATORS,
    ("POST", "api-tokens"): ADMINISTRATORS,
    ("GET", "api-token-revoke"): FOUND_BY_ADMINISTRATORS,
    ("POST", "api-token-revoke"): FOUND_BY_ADMINISTRATORS,
    ("GET", "awork-updates"): ADMINISTRATORS,
    ("POST", "awork-updates-connect"): ADMINISTRATORS,
    ("POST", "awork-updates-disconnect"): ADMINISTRATORS,
    ("POST", "awork-update"): (401, 401, 401, 401, 401, 401),  # for awork: a secret
    ("GET", "webhooks"): ADMINISTRATORS,
    ("POST", "webhooks"): ADMINISTRATORS,
    ("POST", "webhook-on"): FOUND_BY_ADMINISTRATORS,
    ("POST", "webhook-off"): FOUND_BY_ADMINISTRATORS,
    ("POST", "webhook-retry"): FOUND_BY_ADMINISTRATORS,
    ("GET", "webhook-remove"): FOUND_BY_ADMINISTRATORS,
    ("POST", "webhook-remove"): FOUND_BY_ADMINISTRATORS,
    ("GET", "policy"): ADMINISTRATORS,
    ("POST", "policy"): ADMINISTRATORS,
    ("POST", "policy-save"): ADMINISTRATORS,
    ("GET", "policy-version"): FOUND_BY_ADMINISTRATORS,
    ("GET", "policy-restore"): FOUND_BY_ADMINISTRATORS,
    ("GET", "audit"): AUDITORS,
    ("GET", "audit-histogram"): AUDITORS,
    ("GET", "audit-csv"): AUDITORS,
    ("GET", "audit-jsonl"): AUDITORS,
    ("GET", "audit-checkpoints"): AUDITORS,
    ("GET", "audit-verifier"): AUDITORS,
    ("POST", "audit-verify"): AUDITORS,
    ("GET", "audit-event"): FOUND_BY_AUDITORS,
    ("GET", "audit-portal-event"): AUDITORS,
}


def names(patterns=None):
    """The names of all URL patterns."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(each, URLResolver):
            yield from names(each.url_patterns)
        elif isinstance(each, URLPattern):
            assert each.name, f"{each.pattern} needs a name"
            yield each.name


@contextmanager
def rolled_back():
    """A transaction as in Django's TestCase; those of the single cases nest as savepoints."""
    atomics = TestCase._enter_atomics()
    try:
        yield
    finally:
        TestCase._rollback_atomics(atomics)


@dataclass(frozen=True)
class World:
    """Shared by all cases: session keys, URL arguments by URL name, and a function that restores awork."""

    sessions: dict[str, str]
    arguments: dict[str, dict]
    restore_awork: Callable[[], None]


@pytest.fixture(scope="module")
def world(standin_server_of_session, django_db_setup, django_db_blocker):
    """Users who really signed in, and the objects that URLs name. Created once, as it takes seconds."""
    awork = standin_server_of_session
    awork.standin.reset()
    with (
        django_db_blocker.unblock(),
        override_settings(AWORK_API_URL=awork.url, AWORK_WORKSPACES=[MAIN, OTHER]),
        rolled_back(),
    ):
        sessions = {who: session(awork, who, handle) for who, handle in CAST.items()}
        yield World(sessions, objects(), awork.snapshot())


def session(awork, who, handle):
    """Sign in as `handle` and set the desk role; returns the session key."""
    client = Client()
    sign_in(awork, client, handle)
    User.objects.filter(awork_id=awork.world.person(handle).id).update(role=ROLES.get(who, who))
    return client.cookies["sessionid"].value


def objects():
    """Make what the URLs of the main workspace name. All of it is Mara's, who asks for nothing here."""
    mara = person("Mara Manager", "Nordlicht Studio")
    assert mara.workspace_id == MAIN
    for workspace in (MAIN, MAIN, MAIN, actor.PORTAL_WORKSPACE):
        record(EventType.SIGNED_IN, by=actor.for_system(workspace))
    pending = PendingRole.objects.create(workspace=mara.workspace, email="new@studio.example", role="lead")
    waiting = PendingRole.objects.create(
        workspace=mara.workspace, email="mara@studio.example", role="auditor", user=mara
    )
    versions.save_version(Rules(per_hour=5), after=0, saved_by=mara, by=actor.for_system(MAIN))
    token = ApiToken.objects.create(
        workspace=mara.workspace, purpose="SIEM", created_by=mara, created_at=mara.confirmed_at
    )
    now = mara.confirmed_at
    webhook = Webhook.objects.create(workspace=mara.workspace, created_by=mara, created_at=now, due_at=now)
    hook = {"webhook_id": webhook.id}
    running = {"batch_id": batch(mara, [{}]).id}
    her_guest = guest(mara)
    carla = {"guest_id": her_guest.id}
    ended = {"ending_id": ending(her_guest, mara).id}
    reviewed = {"review_id": review(mara).id}
    sent = {"invitation_id": invitation(mara, state="sent").id}
    return {
        "login-refused": {"reason": "guest"},
        "account-end": {"handle": UUID(int=1)},
        **dict.fromkeys(
            [
                "invite-result",
                "invitation",
                "invitation-check",
                "invitation-restore-assignees",
                "invitation-retry",
                "invitation-dismiss",
            ],
            sent,
        ),
        **dict.fromkeys(
            ["batch", "batch-csv", "batch-pause", "batch-stop", "batch-resume", "batch-retry"],
            running,
        ),
        **dict.fromkeys(["guest", "guest-sponsor", "guest-end-date", "guest-endings"], carla),
        "guest-end": {**carla, "kind": "task"},
        **dict.fromkeys(
            ["guest-ending", "guest-ending-check", "guest-ending-confirm", "guest-ending-withdraw"], ended
        ),
        **dict.fromkeys(["review", "review-csv", "review-close", "review-call-off"], reviewed),
        "member-role": {"awork_id": mara.awork_id},
        "pending-role-remove": {"pending_role_id": pending.pk},
        "pending-role-confirm": {"awork_id": waiting.user.awork_id},
        "pending-role-reject": {"awork_id": waiting.user.awork_id},
        **dict.fromkeys(["webhook-on", "webhook-off", "webhook-retry", "webhook-remove"], hook),
        "api-token-revoke": {"token_id": token.id},
        "awork-update": {"updates_id": UUID(int=1)},
        "feed-revoke": {"key_id": UUID(int=1)},
        "policy-version": {"number": 1},
        "policy-restore": {"number": 1},
        "audit-event": {"sequence": 3},
        "audit-portal-event": {"sequence": 1},
    }


@pytest.fixture
def path(world):
    """`path(name)`: the path of this URL for an object of the world."""
    return lambda name: reverse(name, kwargs=world.arguments.get(name))


@pytest.fixture
def browsers(world, standin_server_of_session):
    """A client for each user; changes here and in awork are undone after the case."""
    world.restore_awork()
    clients = {who: Client() for who in PEOPLE}
    for who, key in world.sessions.items():
        clients[who].cookies["sessionid"] = key
    yield clients
    assert standin_server_of_session.breaches() == []


def response_kind(response):
    """The response, as written in the table."""
    if response.status_code == 302 and response["Location"].startswith("/login/?next=/"):
        return OUT
    return IN if response.status_code in {200, 302, 422} else response.status_code


def test_every_url_has_an_entry():
    assert sorted({name for _, name in RESPONSES}) == sorted(names())


@pytest.mark.parametrize(("method", "name"), RESPONSES)
def test_response_for_each_role(path, browsers, method, name):
    responses = tuple(response_kind(browsers[who].generic(method, path(name))) for who in PEOPLE)
    assert responses == RESPONSES[method, name]


@pytest.mark.parametrize("name", sorted({name for _, name in RESPONSES}))
def test_other_methods_are_refused(path, browsers, name):
    allowed = {method for method, one in RESPONSES if one == name}
    for method in {"GET", "POST", "PUT", "DELETE"} - allowed:
        response = browsers["administrator"].generic(method, path(name))
        # GET of a POST-only URL redirects to its page, as happens after signing in.
        has_page = name not in {"logout", "awork-update"}
        assert response.status_code == (302 if method == "GET" and has_page else 405), method


NAMES = {"Guest", "Invitation desk"}  # of a role in awork, and of an actor as recorded


@pytest.mark.parametrize("name", sorted({name for method, name in RESPONSES if method == "GET"}))
@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES[1:]])
def test_a_page_is_in_one_language(path, browsers, name, language):
    response = browsers["administrator"].get(path(name), headers={"Accept-Language": language})
    if response.headers.get("Content-Type", "").startswith("text/html") and not response.streaming:
        assert set(english_left(response.content.decode(), language)) <= NAMES


def test_a_text_in_another_language_is_noticed():
    page = '<p title="Sign out">Gäste</p><p>\nInvitations\n</p>'
    assert english_left(page, "de") == ["Invitations", "Sign out"]
