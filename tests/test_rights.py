"""Every address, and what happens there to everybody. A new address without an entry fails."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import pytest
from django.test import Client, TestCase, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.policy import versions
from invites.policy.rules import Rules
from portal import actor
from portal.models import PendingRole, User
from portal.standin.seed import MAIN, OTHER
from tests.invites.factories import invitation, person
from tests.standin_server import sign_in

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.xdist_group("rights"),
]  # one worker makes the world they share

PEOPLE = ("nobody", "manager", "lead", "auditor", "administrator", "stranger")
CAST = {"manager": "paula", "lead": "mona", "auditor": "paul", "administrator": "ada", "stranger": "otto"}
ROLES = {"stranger": "administrator"}
IN, OUT, NO, NONE = "in", "sign in", 403, 404

# How each address is asked for, and what then happens to each of PEOPLE. "in" is any page of the address
# itself: 200, a form shown again (422), or a way on. The stranger is an administrator of another workspace.
EVERYBODY = (IN, IN, IN, IN, IN, IN)
MEMBERS = (OUT, IN, IN, IN, IN, IN)
INVITERS = (OUT, IN, IN, NO, IN, IN)
AUDITORS = (OUT, NO, NO, IN, IN, IN)
ADMINISTRATORS = (OUT, NO, NO, NO, IN, IN)
HERE_BY_ALL = (OUT, NONE, IN, IN, IN, NONE)  # an invitation that another manager made
HERE_BY_INVITERS = (OUT, NONE, IN, NO, IN, NONE)
OWN_ONLY = (OUT, NONE, NONE, NO, NONE, NONE)
OWN_SESSION_ONLY = (OUT, NONE, NONE, NONE, NONE, NONE)
HERE_BY_AUDITORS = (OUT, NO, NO, IN, IN, NONE)
HERE_BY_ADMINISTRATORS = (OUT, NO, NO, NO, IN, NONE)

WHAT_HAPPENS = {
    ("GET", "home"): EVERYBODY,
    ("GET", "login"): EVERYBODY,
    ("POST", "login"): EVERYBODY,
    ("GET", "login-callback"): EVERYBODY,
    ("GET", "login-refused"): EVERYBODY,
    ("POST", "logout"): EVERYBODY,
    ("GET", "healthz"): EVERYBODY,
    ("GET", "account"): MEMBERS,
    ("POST", "account-end-others"): MEMBERS,
    ("POST", "account-end"): OWN_SESSION_ONLY,
    ("GET", "invite"): INVITERS,
    ("POST", "invite"): INVITERS,
    ("POST", "invite-preview"): INVITERS,
    ("GET", "invite-result"): OWN_ONLY,
    ("GET", "invitations"): MEMBERS,
    ("GET", "invitation"): HERE_BY_ALL,
    ("POST", "invitation-check"): HERE_BY_ALL,
    ("POST", "invitation-restore-assignees"): HERE_BY_INVITERS,
    ("POST", "invitation-retry"): OWN_ONLY,
    ("GET", "guest-erase"): ADMINISTRATORS,
    ("POST", "guest-erase"): ADMINISTRATORS,
    ("GET", "members"): ADMINISTRATORS,
    ("POST", "member-role"): HERE_BY_ADMINISTRATORS,
    ("POST", "pending-role-set"): ADMINISTRATORS,
    ("POST", "pending-role-remove"): HERE_BY_ADMINISTRATORS,
    ("GET", "policy"): ADMINISTRATORS,
    ("POST", "policy"): ADMINISTRATORS,
    ("POST", "policy-save"): ADMINISTRATORS,
    ("GET", "policy-version"): HERE_BY_ADMINISTRATORS,
    ("GET", "audit"): AUDITORS,
    ("GET", "audit-histogram"): AUDITORS,
    ("GET", "audit-csv"): AUDITORS,
    ("GET", "audit-jsonl"): AUDITORS,
    ("GET", "audit-checkpoints"): AUDITORS,
    ("GET", "audit-verifier"): AUDITORS,
    ("POST", "audit-verify"): AUDITORS,
    ("GET", "audit-event"): HERE_BY_AUDITORS,
    ("GET", "audit-portal-event"): AUDITORS,
}


def names(patterns=None):
    """The name of every address of the portal's own."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(each, URLResolver):
            yield from names(each.url_patterns)
        elif isinstance(each, URLPattern):
            assert each.name, f"{each.pattern} needs a name"
            yield each.name


@contextmanager
def rolled_back():
    """A transaction as of Django's TestCase; those of the single cases become savepoints inside."""
    atomics = TestCase._enter_atomics()
    try:
        yield
    finally:
        TestCase._rollback_atomics(atomics)


@dataclass(frozen=True)
class World:
    """What all cases share: the session of each user, URL arguments by name, and how awork is restored."""

    sessions: dict[str, str]
    arguments: dict[str, dict]
    restore_awork: Callable[[], None]


@pytest.fixture(scope="module")
def world(standin_server_of_session, django_db_setup, django_db_blocker):
    """Users who really signed in, and the objects the URLs name: made once, since it takes seconds."""
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
    versions.save_version(Rules(per_hour=5), after=0, saved_by=mara, by=actor.for_system(MAIN))
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
            ],
            sent,
        ),
        "member-role": {"awork_id": mara.awork_id},
        "pending-role-remove": {"pending_role_id": pending.pk},
        "policy-version": {"number": 1},
        "audit-event": {"sequence": 3},
        "audit-portal-event": {"sequence": 1},
    }


@pytest.fixture
def path(world):
    """`path(name)`: the path of this URL for an object of the world."""
    return lambda name: reverse(name, kwargs=world.arguments.get(name))


@pytest.fixture
def browsers(world, standin_server_of_session):
    """A browser of each user; what it changes, here and in awork, is undone after the case."""
    world.restore_awork()
    clients = {who: Client() for who in PEOPLE}
    for who, key in world.sessions.items():
        clients[who].cookies["sessionid"] = key
    yield clients
    assert standin_server_of_session.breaches() == []


def seen(answer):
    """What happened, in the words of the table."""
    if answer.status_code == 302 and answer["Location"].startswith("/login/?next=/"):
        return OUT
    return IN if answer.status_code in {200, 302, 422} else answer.status_code


def test_every_address_has_an_entry():
    assert sorted({name for _, name in WHAT_HAPPENS}) == sorted(names())


@pytest.mark.parametrize(("method", "name"), WHAT_HAPPENS)
def test_what_happens(path, browsers, method, name):
    happened = tuple(seen(browsers[who].generic(method, path(name))) for who in PEOPLE)
    assert happened == WHAT_HAPPENS[method, name]


@pytest.mark.parametrize("name", sorted({name for _, name in WHAT_HAPPENS}))
def test_other_methods_are_refused(path, browsers, name):
    allowed = {method for method, one in WHAT_HAPPENS if one == name}
    for method in {"GET", "POST", "PUT", "DELETE"} - allowed:
        answer = browsers["administrator"].generic(method, path(name))
        # Who comes by GET to where something is done is led to its page: as after signing in.
        assert answer.status_code == (302 if method == "GET" and name != "logout" else 405), method
