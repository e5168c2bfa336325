"""Who is let in, and what is kept of them."""

from dataclasses import replace
from uuid import uuid4

import pytest

from portal.awork import errors
from portal.awork.oauth import Grant
from portal.awork.shapes import Exchange, Me, Permissions, Person, Workspace
from portal.login.admission import admit, failure, objection
from portal.login.refusals import REFUSALS
from portal.models import AworkToken, User

pytestmark = pytest.mark.django_db
ME = Me(Person(uuid4(), "Paula", "Plan", "paula@studio.example"), Workspace(uuid4(), "Studio"))
ALLOWED = Permissions(is_admin=False, is_guest=False, is_blocked=False)
HERE = [ME.workspace.id]
GONE = replace(ME, person=replace(ME.person, is_deactivated=True))
LOOKED = Exchange("GET", "/me", 401, "deactivated-user")


@pytest.mark.parametrize(
    ("me", "permissions", "workspaces", "reason"),
    [
        (ME, ALLOWED, HERE, ""),
        (ME, ALLOWED, [], ""),
        (ME, ALLOWED, [uuid4()], "workspace"),
        (GONE, ALLOWED, HERE, "deactivated"),
        (ME, replace(ALLOWED, is_blocked=True), HERE, "blocked"),
        (ME, replace(ALLOWED, is_guest=True), HERE, "guest"),
        (GONE, replace(ALLOWED, is_guest=True, is_blocked=True), [uuid4()], "workspace"),
    ],
)
def test_the_first_objection_counts(me, permissions, workspaces, reason):
    assert objection(me, permissions, workspaces) == reason
    assert reason in REFUSALS or not reason


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (errors.Forbidden(LOOKED), "deactivated"),
        (errors.Unreachable(Exchange("GET", "/me")), "unreachable"),
        (errors.RateLimited(Exchange("GET", "/me", 429)), "unreachable"),
        (errors.Unclear(Exchange("GET", "/me", 502)), "nonsense"),
        (errors.Refused(Exchange("POST", "/accounts/token", 400)), "nonsense"),
    ],
)
def test_every_failure_at_awork_has_its_page(problem, reason):
    assert failure(problem) == reason
    assert reason in REFUSALS


def test_a_person_is_taken_over_as_awork_describes_them_now():
    first = admit(ME, replace(ALLOWED, is_admin=True), Grant("access", "refresh", 60))
    again = admit(replace(ME, person=replace(ME.person, last_name="Plan-Ung")), ALLOWED, Grant("a", "", 60))

    assert first.pk == again.pk
    kept = User.objects.get()
    assert (kept.name, kept.is_admin, kept.workspace.name) == ("Paula Plan-Ung", False, "Studio")
    assert AworkToken.objects.count() == 1


def test_tokens_are_not_kept_in_the_clear():
    admit(ME, ALLOWED, Grant("the-access-token", "the-refresh-token", 60))

    kept = AworkToken.objects.get()
    assert "the-access-token" not in kept.access
    assert "the-refresh-token" not in kept.refresh
