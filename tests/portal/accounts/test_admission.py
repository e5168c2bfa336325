"""Who may sign in, and what is stored about them."""

from dataclasses import replace
from uuid import uuid4

import pytest

from portal.accounts.admission import admit, failure_reason, refusal_reason, refused_actor
from portal.accounts.refusals import REFUSAL_TEXTS
from portal.actor import PORTAL_WORKSPACE
from portal.awork import errors
from portal.awork.oauth import TokenResponse
from portal.awork.schemas import AworkPermissions, AworkUser, Exchange, Me, Workspace
from portal.models import AworkToken, User

pytestmark = pytest.mark.django_db
ME = Me(AworkUser(uuid4(), "Paula", "Plan", "paula@studio.example"), Workspace(uuid4(), "Studio"))
ALLOWED = AworkPermissions(ME.user.id, is_admin=False, is_guest=False, is_blocked=False)
HERE = [ME.workspace.id]
GONE = replace(ME, user=replace(ME.user, is_deactivated=True))
LOOKED = Exchange("GET", "/me", 401, "deactivated-user")


@pytest.mark.parametrize(
    ("me", "permissions", "workspaces", "reason"),
    [
        (ME, ALLOWED, HERE, None),
        (ME, ALLOWED, [], None),
        (ME, replace(ALLOWED, user_id=uuid4()), HERE, "identity"),
        (ME, replace(ALLOWED, user_id=uuid4()), [uuid4()], "identity"),
        (ME, ALLOWED, [uuid4()], "workspace"),
        (GONE, ALLOWED, HERE, "deactivated"),
        (ME, replace(ALLOWED, is_blocked=True), HERE, "blocked"),
        (ME, replace(ALLOWED, is_guest=True), HERE, "guest"),
        (GONE, replace(ALLOWED, is_guest=True, is_blocked=True), [uuid4()], "workspace"),
    ],
)
def test_the_first_reason_counts(me, permissions, workspaces, reason):
    assert refusal_reason(me, permissions, workspaces, None) == reason
    assert reason in REFUSAL_TEXTS or reason is None


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (errors.Forbidden(LOOKED), "deactivated"),
        (errors.Unreachable(Exchange("GET", "/me")), "unreachable"),
        (errors.TooManyRequests(Exchange("GET", "/me", 429)), "unreachable"),
        (errors.Unclear(Exchange("GET", "/me", 502)), "nonsense"),
        (errors.AworkRefused(Exchange("POST", "/accounts/token", 400)), "nonsense"),
    ],
)
def test_every_error_of_awork_has_a_page(problem, reason):
    assert failure_reason(problem) == reason
    assert reason in REFUSAL_TEXTS


def test_the_awork_profile_is_copied_at_each_sign_in():
    first, _ = admit(None, ME, replace(ALLOWED, is_admin=True), TokenResponse("access", "refresh", 60))
    changed = replace(ME, user=replace(ME.user, last_name="Plan-Ung"))
    again, _ = admit(first, changed, ALLOWED, TokenResponse("a", "", 60))

    assert first.pk == again.pk
    kept = User.objects.get()
    assert (kept.name, kept.is_admin, kept.workspace.name) == ("Paula Plan-Ung", False, "Studio")
    assert AworkToken.objects.count() == 1


def test_tokens_are_stored_encrypted():
    admit(None, ME, ALLOWED, TokenResponse("the-access-token", "the-refresh-token", 60))

    kept = AworkToken.objects.get()
    assert "the-access-token" not in kept.access
    assert "the-refresh-token" not in kept.refresh


def stranger(workspace):
    return Me(AworkUser(uuid4(), "Gero", "Gast", "gero@elsewhere.example"), Workspace(workspace, "Elsewhere"))


def test_a_refusal_is_recorded_in_the_workspace_of_the_person(rf):
    workspace = uuid4()
    found = refused_actor(rf.get("/"), stranger(workspace), [workspace])
    assert (found.workspace, found.name, found.email) == (workspace, "Gero Gast", "gero@elsewhere.example")


def test_a_refusal_of_another_workspace_is_recorded_in_the_portals_own_chain(rf):
    assert refused_actor(rf.get("/"), stranger(uuid4()), [uuid4()]).workspace == PORTAL_WORKSPACE
