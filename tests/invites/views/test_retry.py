from dataclasses import replace
from uuid import uuid4

import pytest
from django.utils import timezone

from invites.audit.models import Event
from invites.lookup import roles
from invites.models import Invitation, State
from invites.policy.rules import NamedRef
from portal.awork.tokens import client_for
from portal.standin.entities import stable_id
from tests.invites.conftest import person
from tests.invites.factories import invitation, policy

pytestmark = pytest.mark.django_db
INVITE = ("POST", "/tasks/assignuserbyemail")


@pytest.fixture
def refused(standin, sign_in, client, send, new_invitation, paula):
    sign_in(client, "ada")
    roles.refresh_roles(paula.workspace, client_for(person(standin, "ada")))
    sign_in(client, "paula")
    standin.world.seats = 0
    invitation = send(new_invitation(keep_assignees=False))
    standin.world.seats = 50
    standin.requests.clear()
    return invitation


def press(client, invitation):
    return client.post(f"/invitations/{invitation.id}/retry/", follow=True)


def test_the_record_offers_it_and_it_sends_the_same_record(client, standin, refused):
    page = client.get(refused.get_absolute_url()).content.decode()
    assert f'action="/invitations/{refused.id}/retry/"' in page

    page = press(client, refused).content.decode()
    assert 'data-state="sent"' in page
    assert "This was attempt 2." in page
    assert Invitation.objects.get().attempts == 2
    assert standin.count(*INVITE) == 1


def test_pressing_twice_sends_once(client, standin, refused):
    press(client, refused)
    press(client, refused)

    assert standin.count(*INVITE) == 1
    assert Invitation.objects.get().attempts == 2


def test_who_had_to_sign_in_again_comes_back_to_the_record(client, standin, refused, paula, sign_in):
    paula.token.delete()
    back = client.post(f"/invitations/{refused.id}/retry/")["Location"]
    page = sign_in(client, "paula", next=back.partition("next=")[2])

    page = client.get(page["Location"], follow=True)
    assert page.redirect_chain == [(refused.get_absolute_url(), 302)]
    assert ">Retry</button>" in page.content.decode()
    assert standin.count(*INVITE) == 0


def test_no_other_method_does_anything(client, refused):
    assert client.put(f"/invitations/{refused.id}/retry/").status_code == 405


def test_the_rules_are_asked_again(client, standin, refused):
    task = standin.world.task("WEB-14")
    role = standin.world.role("guest")
    standin.world.assign_by_email(standin.world.person("ada"), task.id, refused.email, role.id, {})
    Invitation.objects.update(role_id=standin.world.role("admin").id)
    response = press(client, refused)

    assert response.status_code == 422
    assert "assign this role. Pick one below." in response.content.decode()
    assert Invitation.objects.get().state == State.REFUSED
    assert Event.objects.filter(type="attempt-refused").count() == 1


@pytest.mark.parametrize(
    ("rule", "rules"),
    [
        ("domain", {"denied_domains": ("creative.example",)}),
        ("own-domain", {"own_domains": ("creative.example",), "own_domain_guests": False}),
        ("quota", {"per_hour": 1}),
        ("project", {"closed_projects": (NamedRef(stable_id("project", "WEB"), "Website"),)}),
        ("role", {"roles": ()}),
    ],
)
def test_the_policy_is_asked_again(client, standin, refused, paula, rule, rules):
    policy(paula, **rules)
    invitation(paula, task_id=uuid4(), attempted_at=timezone.now())
    response = press(client, refused)

    assert response.status_code == 422
    assert standin.count(*INVITE) == 0
    refused.refresh_from_db()
    assert (refused.state, refused.attempts) == (State.REFUSED, 1)
    assert Event.objects.get(type="attempt-refused").details == {"rule": rule, "policy": 1}


@pytest.mark.parametrize("is_cached", [True, False])
def test_a_task_that_was_moved_to_a_closed_project_is_refused(client, standin, refused, paula, is_cached):
    app = stable_id("project", "APP")
    policy(paula, closed_projects=(NamedRef(app, "App"),))
    if is_cached:
        client.get("/invite/", {"task": refused.task_id})
    task = standin.world.task("WEB-12")
    standin.world.tasks[task.id] = replace(task, project_id=app)
    page = press(client, refused)

    assert "closed to invitations" in page.text
    assert standin.count(*INVITE) == 0
    event = Event.objects.latest("sequence")
    assert (event.type, event.project_id) == ("invitation-not-sent" if is_cached else "attempt-refused", app)


def test_a_duplicate_that_ends_between_two_statements_leaves_the_retry_open(
    client, standin, refused, send, new_invitation, active_for_one_statement
):
    standin.world.seats = 0
    other = send(new_invitation())
    standin.world.seats = 50
    with active_for_one_statement(other, "UPDATE"):
        response = press(client, refused)

    assert response.redirect_chain == [(refused.get_absolute_url(), 302)]
    assert ">Retry</button>" in response.content.decode()
    assert standin.count(*INVITE) == 1  # of the other one
    assert set(Invitation.objects.values_list("state", flat=True)) == {State.REFUSED}


def test_the_version_that_lets_it_pass_now_is_recorded(client, refused, paula):
    policy(paula)
    press(client, refused)

    refused.refresh_from_db()
    assert (refused.state, refused.policy_version) == (State.SENT, 1)


@pytest.mark.parametrize("meanwhile", ["another version", "another invitation"])
def test_what_changed_since_it_was_judged_shows_the_form(client, refused, paula, monkeypatch, meanwhile):
    from invites.views import retry

    def overtaken(*arguments, **said):
        if meanwhile == "another version":
            policy(paula)
        else:
            invitation(paula, task_id=uuid4(), attempted_at=timezone.now())
        return prepare_retry(*arguments, **said)

    policy(paula, per_hour=1)
    prepare_retry = retry.prepare_retry
    monkeypatch.setattr(retry, "prepare_retry", overtaken)

    assert press(client, refused).status_code == 422
    refused.refresh_from_db()
    assert (refused.state, refused.attempts) == (State.REFUSED, 1)


def test_a_dead_awork_is_said_and_nothing_is_written(client, refused, settings):
    settings.AWORK_API_URL = "http://127.0.0.1:9/standin/api/v1"
    response = press(client, refused)

    assert response.status_code == 422
    assert "reach awork. Nothing was sent." in response.content.decode()
    assert Invitation.objects.get().attempts == 1


def test_other_peoples_invitations_are_not_found(client, refused, sign_in):
    sign_in(client, "mona")
    assert press(client, refused).status_code == 404
