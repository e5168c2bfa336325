"""Forms ignore fields that they don't have or the user may not set."""

from uuid import uuid4

import pytest
from django.conf import settings
from django.forms.models import model_to_dict

from invites.models import Invitation
from portal.models import OAuthClient, PendingRole, User, Workspace
from tests.security.urls import all_urls

pytestmark = pytest.mark.django_db
KEPT = (User, Workspace, PendingRole, OAuthClient)
PASSING = {"last_seen_at", "expire_date", "session_data"}  # what time does by itself


@pytest.fixture
def forged(standin):
    """Fields that no form has, or that this user may not set, with tempting values."""
    otto = standin.world.person("otto")
    wishes = {
        "role": "administrator",
        "portal_role": "administrator",
        "state": "sent",
        "policy": "1",
        "step": "done",
    }
    wishes |= dict.fromkeys(("is_admin", "is_staff", "is_superuser", "is_active", "can_list_roles"), "on")
    wishes |= dict.fromkeys(
        ("inviter", "inviter_id", "user", "user_id", "id", "pk", "awork_id"), str(otto.id)
    )
    wishes |= dict.fromkeys(("workspace", "workspace_id"), str(otto.workspace_id))
    wishes |= dict.fromkeys(("attempts", "status", "version", "policy_version", "duration_ms"), "77")
    wishes |= dict.fromkeys(
        ("created_at", "attempted_at", "lease_expires_at", "confirmed_at"), "2000-01-01T00:00:00Z"
    )
    wishes |= dict.fromkeys(
        ("guest_id", "form_key", "handle", "trace_id", "awork_message", "reason"), str(uuid4())
    )
    return wishes | {"assignees_missing": "[]", "assignees_before": "[]", "max_hour": "999", "max_day": "999"}


def rows():
    """Everything that must not change."""
    return {
        (model.__name__, row.pk): {k: v for k, v in model_to_dict(row).items() if k not in PASSING}
        for model in KEPT
        for row in model.objects.all()
    }


@pytest.mark.parametrize("who", ["nobody", "paula"])
def test_no_form_field_changes_a_user(paula, client, forged, who):
    browser = paula if who == "paula" else client
    before = rows()
    for place in all_urls(invitation_id=[uuid4()], sequence=[1], handle=[uuid4()], reason=["guest"]):
        if place in {"/logout/"} | settings.MONITORING_PATHS:
            continue
        answer = browser.post(place, forged)
        assert answer.status_code in {302, 403, 404, 405, 422}, place
    assert rows() == before


def test_forged_fields_do_not_change_an_invitation(paula, standin, form, forged):
    standin.world.seats = 0
    fields = forged | form()
    assert paula.post("/invite/", fields).status_code == 302
    made = Invitation.objects.get()
    assert (made.inviter.first_name, made.workspace.name) == ("Paula", "Nordlicht Studio")
    assert (made.state, made.reason, made.attempts) == ("refused", "insufficient-seats", 1)
    assert made.created_at.year > 2000
    assert str(made.id) != forged["id"]
    for name in ("guest_id", "trace_id", "awork_message"):
        assert str(getattr(made, name)) != forged[name]


def test_forged_fields_do_not_change_a_retry(paula, standin, form, forged):
    standin.world.seats = 0
    paula.post("/invite/", form())
    made = Invitation.objects.get()
    before = model_to_dict(made)
    other = {"task": str(standin.world.task("WEB-13").id), "email": "another@creative.example"}
    paula.post(f"/invitations/{made.id}/retry/", forged | other)
    made.refresh_from_db()
    assert made.attempts == 2
    moved = {"attempts", "attempted_at", "lease_expires_at", "lease_holder", "duration_ms", "trace_id"}
    assert {k: v for k, v in model_to_dict(made).items() if k not in moved} == {
        k: v for k, v in before.items() if k not in moved
    }


def test_a_form_without_csrf_token_changes_nothing(enter, form):
    """Every form that changes something needs a CSRF token."""
    ada = enter("ada")
    ada.handler.enforce_csrf_checks = True
    samples = {name: [uuid4()] for name in ("invitation_id", "handle", "awork_id")}
    for place in all_urls(**samples, pending_role_id=[1], number=[1], sequence=[1], reason=["guest"]):
        answer = ada.post(place, form())
        assert answer.status_code == 403, place
        assert "This form has expired" in answer.content.decode(), place
    assert not Invitation.objects.exists()
