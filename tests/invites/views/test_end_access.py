"""`/guests/<id>/end/<kind>/`: what awork will do, and doing it once."""

from html import unescape
from uuid import uuid4

import pytest
from django.utils import timezone

from invites.audit.models import Event
from invites.models import Ending, EndingKind, Guest
from portal.awork.tokens import delete
from portal.models import User
from tests.invites import factories
from tests.invites.conftest import person
from tests.invites.endings.conftest import assigned_guest

pytestmark = pytest.mark.django_db
CARLA = "carla@creative.example"
STAYING = ["ada@nordlicht.example", "paul@nordlicht.example"]


@pytest.fixture
def carla(standin, paula):
    """Carla, invited by Paula to WEB-12, who is signed in as a manager."""
    return assigned_guest(standin, paula)


@pytest.fixture
def as_ada(carla, sign_in, client, standin):
    """Signed in as an administrator, here and in awork."""
    sign_in(client, "ada")
    return person(standin, "ada")


def read(response):
    return " ".join(unescape(response.content.decode()).split())


def path(guest, kind="task"):
    return f"/guests/{guest.id}/end/{kind}/"


def page(client, guest, kind="task"):
    return read(client.get(path(guest, kind)))


def form(guest, **fields):
    return {"key": str(uuid4()), "target": str(guest.invitation.task_id)} | fields


def become(user, role):
    User.objects.filter(pk=user.pk).update(role=role)


def test_a_preview_says_who_is_unassigned_and_who_stays(client, standin, carla):
    shown = page(client, carla)
    assert "Carla Creative is unassigned from WEB-12 Write copy." in shown
    assert "Ada Ahrens and Paul O'Neill stay assigned." in shown
    assert not Ending.objects.exists()
    assert standin.count("POST") == 0


def test_confirming_unassigns_the_guest_and_shows_it(client, standin, carla):
    response = client.post(path(carla), form(carla, reason="Carla is <done>"), follow=True)
    shown = read(response)
    assert response.redirect_chain[-1][0] == f"/guests/{carla.id}/endings/"
    assert 'data-state="done"' in shown and "Unassign from WEB-12 Write copy" in shown
    assert "<q>Carla is <done></q>" in shown and "<done>" not in response.content.decode()
    assert sorted(standin.world.assigned("WEB-12")) == STAYING
    assert "hx-get" not in response.content.decode()
    story = read(client.get(f"/guests/{carla.id}/"))
    assert "Paula Petersen unassigned Carla Creative from WEB-12 Write copy." in story
    assert "Carla Creative isn't assigned to this task any more." in page(client, carla)


def test_the_same_form_twice_ends_once(client, standin, carla):
    fields = form(carla)
    for _ in range(2):
        assert client.post(path(carla), fields)["Location"] == f"/guests/{carla.id}/endings/"
    assert Ending.objects.count() == standin.count("POST", "/setassignees") == 1


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"target": []}, "Select at least one."),
        ({"target": str(uuid4())}, "This can't be ended any more."),
        ({"target": "nonsense"}, "This can't be ended any more."),
        ({"key": "nonsense"}, "Enter a valid UUID."),
        ({"reason": "x" * 501}, "at most 500 characters"),
    ],
    ids=["nothing", "another", "malformed", "key", "long"],
)
def test_what_the_page_did_not_offer_is_refused(client, standin, carla, fields, problem):
    response = client.post(path(carla), form(carla, **fields))
    assert response.status_code == 422
    assert problem in read(response)
    assert not Ending.objects.exists()


def test_several_tasks_are_chosen_one_by_one(client, standin, carla, paula):
    Guest.objects.all().delete()
    carla = assigned_guest(standin, paula, "WEB-15")
    shown = page(client, carla)
    assert shown.count('<input type="checkbox" name="target"') == shown.count("checked") == 2
    client.post(path(carla), form(carla, target=standin.world.task("WEB-12").id))
    assert CARLA not in standin.world.assigned("WEB-12")
    assert CARLA in standin.world.assigned("WEB-15")


def test_a_task_that_the_guest_is_not_on_any_more_can_not_be_chosen(client, standin, carla):
    standin.world.set_assignees(standin.world.person("ada"), carla.invitation.task_id, [])
    shown = page(client, carla)
    assert "Carla Creative isn't assigned to this task any more." in shown
    assert 'name="target"' not in shown


def test_awork_away_is_said(client, standin, carla):
    page(client, carla)
    standin.fault("GET", "/tasks/", "status", None, status=500)
    assert "awork didn't answer. Reload the page." in page(client, carla)


def test_a_deactivation_says_what_it_deletes_and_then_how_much(client, standin, carla, as_ada):
    shown = page(client, carla, "workspace")
    assert "is deactivated in Nordlicht Studio and can't sign in there any more." in shown
    assert "awork deletes their private projects" in shown
    shown = read(client.post(path(carla, "workspace"), form(carla, target=carla.workspace_id), follow=True))
    assert "The guest had no private projects." in shown
    Ending.objects.update(deleted_projects=2, reassigned_projects=1)
    shown = read(client.get(f"/guests/{carla.id}/endings/"))
    assert "awork deleted 2 private projects of the guest. It gave 1 another manager." in shown
    Ending.objects.update(deleted_projects=None)
    shown = read(client.get(f"/guests/{carla.id}/endings/"))
    assert "awork didn't say how many private projects it deleted." in shown
    story = read(client.get(f"/guests/{carla.id}/"))
    assert 'class="stack wide" data-state="ended"' in story
    assert "Activate again" in story


def test_a_guest_is_activated_again_with_an_e_mail_of_awork(client, standin, carla, as_ada):
    standin.world.change(standin.world.person(CARLA), is_deactivated=True)
    client.get(f"/guests/{carla.id}/")
    assert "can sign in to Nordlicht Studio again, and gets an e-mail from awork." in page(
        client, carla, "activation"
    )
    client.post(path(carla, "activation"), form(carla, target=carla.workspace_id))
    assert not standin.world.person(CARLA).is_deactivated
    assert 'data-state="pending"' in read(client.get(f"/guests/{carla.id}/"))


@pytest.mark.parametrize("change", [{"is_archived": True}, {"is_external": True}])
def test_who_is_archived_or_moved_is_not_activated(client, standin, carla, as_ada, change):
    standin.world.change(standin.world.person(CARLA), is_deactivated=True, **change)
    client.get(f"/guests/{carla.id}/")
    assert 'name="target"' not in page(client, carla, "activation")


def test_a_project_is_left_with_its_preview(client, standin, carla, as_ada):
    shown = page(client, carla, "project")
    assert "is removed from the members of Website Relaunch. Everyone else stays a member." in " ".join(
        shown.replace("<p>", " ").replace("</p>", " ").split()
    )
    project = carla.invitation.project_id
    client.post(path(carla, "project"), form(carla, target=project))
    assert Ending.objects.get().state == "done"


def test_what_awork_does_not_allow_is_unavailable_and_says_why(client, standin, carla, paula):
    become(paula, "lead")
    shown = read(client.get(f"/guests/{carla.id}/"))
    assert "Not available: Your role in awork doesn't allow you to deactivate or activate users." in shown
    assert "awork lets only the project's creator" in page(client, carla, "project")
    assert 'name="target"' not in page(client, carla, "workspace")


def test_a_refusal_of_awork_is_shown_with_its_words(client, standin, carla, paula):
    become(paula, "lead")
    shown = read(client.post(path(carla, "workspace"), form(carla, target=carla.workspace_id), follow=True))
    assert 'data-state="refused"' in shown
    assert "awork doesn't allow this to the person who confirmed it." in shown
    assert "awork says:" in shown


def test_the_creator_of_a_project_may_remove_its_members(client, standin, carla, paula):
    become(paula, "lead")
    standin.world.change_project("WEB", created_by=paula.awork_id)
    assert "is removed from the members of Website Relaunch" in page(client, carla, "project")


@pytest.mark.parametrize("kind", ["project", "workspace", "activation"])
def test_a_manager_ends_tasks_only(client, carla, kind):
    assert "There is nothing left to do here." in page(client, carla, kind)
    target = carla.invitation.project_id if kind == "project" else carla.workspace_id
    assert client.post(path(carla, kind), form(carla, target=target)).status_code == 422
    assert not Ending.objects.exists()
    assert "Deactivate in awork" not in read(client.get(f"/guests/{carla.id}/"))


def test_an_unknown_kind_and_a_guest_of_another_workspace_are_not_found(client, carla):
    other = factories.guest(factories.person("Otto Other", "Elsewhere"))
    assert client.get(path(carla, "everything")).status_code == 404
    assert client.get(path(other)).status_code == 404
    assert client.post(path(other), form(other)).status_code == 404


def test_after_a_lost_answer_the_page_updates_by_itself(client, standin, carla):
    standin.fault("POST", "/setassignees", "cut_after")
    response = client.post(path(carla), form(carla), follow=True)
    assert 'data-state="unclear"' in read(response)
    assert 'hx-trigger="load delay:2s"' in read(response)
    assert "<button>Check with awork" not in read(response)  # nothing to press while the page changes
    fragment = client.get(f"/guests/{carla.id}/endings/", headers={"HX-Request": "true"})
    assert "<html" not in read(fragment)


def test_a_lost_sign_in_waits_and_says_for_whom(client, standin, carla, as_ada, paula):
    ending = factories.ending(
        carla, paula, state="waiting", reason="sign-in-expired", created_at=timezone.now()
    )
    shown = read(client.get(f"/guests/{carla.id}/endings/"))
    assert "It goes on when Paula Petersen signs in here, or when someone else confirms it." in shown
    client.post(f"/guests/endings/{ending.id}/confirm/")
    ending.refresh_from_db()
    assert (ending.state, ending.user) == ("done", as_ada)
    requested = Event.objects.filter(type="ending-requested").latest("sequence")
    assert requested.actor_name == "Ada Ahrens"


def test_it_can_be_withdrawn_and_checked(client, standin, carla, paula):
    ending = factories.ending(carla, paula, state="waiting", reason="sign-in-expired")
    assert client.get(f"/guests/endings/{ending.id}/withdraw/").status_code == 302
    client.post(f"/guests/endings/{ending.id}/withdraw/")
    ending.refresh_from_db()
    assert (ending.state, ending.reason) == ("not_done", "withdrawn")
    unclear = factories.ending(carla, paula, state="unclear", check_count=9)
    assert "Check with awork" in read(client.get(f"/guests/{carla.id}/endings/"))
    client.post(f"/guests/endings/{unclear.id}/check/")
    unclear.refresh_from_db()
    assert unclear.reason == "no-effect"


def test_an_auditor_sees_what_ended_and_can_do_nothing(client, carla, paula):
    ending = factories.ending(carla, paula, state="waiting", reason="sign-in-expired")
    become(paula, "auditor")
    shown = read(client.get(f"/guests/{carla.id}/endings/"))
    assert "Unassign from WEB-12" in shown and "Withdraw" not in shown
    assert "Ended from here" in read(client.get(f"/guests/{carla.id}/"))
    assert client.post(f"/guests/endings/{ending.id}/withdraw/").status_code == 403


def test_without_a_sign_in_at_awork_nothing_is_promised(client, carla, paula):
    delete(paula)
    assert client.get(path(carla))["Location"].startswith("/login/")


def test_kinds_have_titles():
    from invites.endings.choices import LABELS
    from invites.endings.lines import TITLES

    assert set(LABELS) == set(TITLES) == set(EndingKind)
