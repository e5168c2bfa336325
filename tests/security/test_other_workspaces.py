"""Objects of another workspace look unknown: in URLs, form fields and error messages."""

import re
from uuid import uuid4

import pytest
from django.test import Client

from invites.audit.models import Event
from invites.models import ApiToken, Invitation, PolicyVersion, Webhook
from invites.policy import versions
from invites.policy.rules import Rules
from portal import actor
from portal.models import PendingRole, Session, User
from tests.security.urls import all_urls

pytestmark = pytest.mark.django_db
INVITE = ("POST", "/tasks/assignuserbyemail")
CHANGING = re.compile(r'[0-9a-f]{10}</span>|value="[\w-]{36,64}"|[0-9a-f]{8}-[0-9a-f-]{27}')
THEIRS = ("Südwind", "Otto", "Ostwind", "otto@", "fremd@kunde.example", "Friederike", "SUD-1", "suedwind")
NEVER_TYPED = ("Ostwind", "Südwind briefing", "Südwind Agentur", "otto@")  # an export keeps what was typed


@pytest.fixture
def otto(enter, settings):
    """An administrator of another workspace on the same portal."""
    settings.AWORK_WORKSPACES = []
    return enter("otto")


@pytest.fixture
def theirs(otto, standin, form):
    """A refused invitation of that workspace, so it can be retried."""
    standin.world.seats = 0
    task, role = standin.world.task("SUD-1"), standin.world.role("other-member")
    fields = form(task=str(task.id), role=str(role.id), email="fremd@kunde.example", first_name="Friederike")
    assert otto.post("/invite/", fields).status_code == 302
    standin.world.seats = 50
    assert (
        otto.post("/members/pending-roles/", {"email": "neu@suedwind.example", "role": "lead"}).status_code
        == 302
    )
    purpose = "Südwind SIEM"
    fields = {"key": str(uuid4()), "purpose": purpose, "reads": "both"}
    assert otto.post("/api-tokens/", fields).status_code == 200
    receiver = {"url": "https://suedwind.example/", "format": "jsonl", "events": "workspace"}
    fields = {"key": str(uuid4()), "purpose": purpose} | receiver
    assert otto.post("/webhooks/", fields).status_code == 200
    made = Invitation.objects.get()
    versions.save_version(
        Rules(per_hour=9), after=0, saved_by=made.inviter, by=actor.for_system(made.workspace_id)
    )
    return made


def ids(theirs):
    """All ids of that workspace that a URL can contain."""
    events = Event.objects.filter(workspace=theirs.workspace_id)
    return {
        "invitation_id": [theirs.id],
        "handle": list(Session.objects.filter(user=theirs.inviter).values_list("handle", flat=True)),
        "sequence": [events.order_by("-sequence").first().sequence + 100],
        "awork_id": [theirs.inviter.awork_id],
        "pending_role_id": list(
            PendingRole.objects.filter(workspace=theirs.workspace_id).values_list("id", flat=True)
        ),
        "webhook_id": [Webhook.objects.get(workspace=theirs.workspace_id).id],
        "token_id": [ApiToken.objects.get(workspace=theirs.workspace_id).id],
        "number": [PolicyVersion.objects.get(workspace=theirs.workspace_id).number],
    }


def allowed(place, verb):
    """Not found, forbidden, or for GET a redirect to the page with the form."""
    guarded = place.startswith(("/audit/", "/members/", "/policy/", "/api-tokens/", "/webhooks/"))
    return {404, 405} | ({403} if guarded else set()) | ({302} if verb == "get" else set())


def plain(answer):
    """The text of a response, without parts that differ in each response."""
    return CHANGING.sub("…", answer.content.decode())


@pytest.mark.parametrize("who", ["ada", "paula"])
@pytest.mark.parametrize("verb", ["get", "post"])
def test_ids_of_another_workspace_look_unknown(theirs, request, who, verb):
    browser = request.getfixturevalue(who)
    nobodys = {name: [uuid4()] for name in ("invitation_id", "handle", "awork_id", "token_id", "webhook_id")}
    nobodys |= {name: [987_654] for name in ("sequence", "pending_role_id", "number")}
    before = Invitation.objects.filter(pk=theirs.pk).values().get()
    found = zip(all_urls(**ids(theirs)), all_urls(**nobodys), strict=True)
    asked = [(mine, other) for mine, other in found if mine != other]
    assert len(asked) >= 10
    for place, same in asked:
        answer, expected = getattr(browser, verb)(place), getattr(browser, verb)(same)
        assert answer.status_code == expected.status_code, place
        assert answer.status_code in allowed(place, verb), place
        assert plain(answer).replace(place, "") == plain(expected).replace(same, ""), place
        assert not [word for word in THEIRS if word in plain(answer)], place
    assert Invitation.objects.filter(pk=theirs.pk).values().get() == before


def test_events_of_another_workspace_are_in_no_list_or_export(theirs, ada):
    for place in (
        "/audit/",
        "/invitations/",
        "/audit/histogram/",
        "/account/",
        "/api-tokens/",
        "/webhooks/",
        "/invitations/export.csv",
        "/audit/export.csv",
        "/audit/export.jsonl",
    ):
        answer = ada.get(place)
        text = b"".join(answer).decode()
        assert not [word for word in THEIRS if word in text], place


def test_workspaces_number_events_independently(theirs, ada):
    """Numbers start at 1 in each workspace: the same number shows your own event or none."""
    for sequence in Event.objects.filter(workspace=theirs.workspace_id).values_list("sequence", flat=True):
        text = ada.get(f"/audit/{sequence}/").content.decode()
        assert not [word for word in THEIRS if word in text]


@pytest.mark.parametrize(
    "name", ["id", "key", "link", "name"], ids=["by its id", "by its key", "by its link", "by its words"]
)
def test_a_task_of_another_workspace_cannot_be_chosen(theirs, ada, standin, form, name):
    task = standin.world.task("SUD-1")
    told = {
        "id": str(task.id),
        "key": "SUD-1",
        "link": f"https://suedwind.awork.com/tasks/{task.id}",
        "name": task.name,
    }[name]
    standin.requests.clear()
    for answer in (
        ada.post("/invite/", form(task=told)),
        ada.get("/invite/", {"task": told, "q": task.name}),
    ):
        assert answer.status_code in {200, 422}
        assert "Otto" not in answer.content.decode()
        assert "Südwind Kampagne" not in answer.content.decode()
    assert standin.count(*INVITE) == 0


def test_a_role_of_another_workspace_cannot_be_assigned(theirs, ada, standin, form):
    standin.requests.clear()
    answer = ada.post("/invite/", form(role=str(standin.world.role("other-member").id)))
    assert answer.status_code == 422
    assert standin.count(*INVITE) == 0


def test_a_form_of_another_workspace_cannot_be_reused(theirs, ada, standin, form):
    standin.requests.clear()
    answer = ada.post("/invite/", form(key=str(theirs.form_key)))
    assert answer.status_code == 422
    assert not [word for word in THEIRS if word in answer.content.decode()]
    assert standin.count(*INVITE) == 0


@pytest.mark.parametrize(
    "path",
    ["/invitations/", "/invitations/export.csv", "/audit/", "/audit/histogram/", "/audit/export.jsonl"],
)
def test_no_filter_reveals_another_workspace(theirs, ada, path):
    otto = User.objects.get(first_name="Otto")
    asked = {
        "actor": [str(otto.awork_id), str(otto.pk), "Otto"],
        "project": [str(theirs.project_id)],
        "task": [str(theirs.task_id), "SUD-1"],
        "guest": ["fremd@kunde.example"],
        "q": ["Friederike", "Südwind"],
        "workspace": [str(theirs.workspace_id)],
        "workspace_id": [str(theirs.workspace_id)],
    }
    for name, values in asked.items():
        for value in values:
            answer = ada.get(path, {name: value})
            text = b"".join(answer).decode()
            assert not [word for word in NEVER_TYPED if word in text], (name, value)


def test_a_guest_of_another_workspace_is_not_erased(theirs, ada):
    asked = {"email": theirs.email, "again": theirs.email, "reason": "asked for"}
    for previewed in ("", theirs.email):
        answer = ada.post("/guests/erase/", asked | {"previewed": previewed})
        assert answer.status_code == 422
        assert "Nothing is known about this address." in answer.content.decode()
    theirs.refresh_from_db()
    assert theirs.email == "fremd@kunde.example"


def test_a_session_of_another_workspace_is_not_ended(theirs, otto, ada):
    ada.post(
        "/account/sessions/end/", {"handle": str(ids(theirs)["handle"][0]), "user": str(theirs.inviter_id)}
    )
    assert otto.get("/account/").status_code == 200


def test_a_member_of_another_workspace_is_an_unknown_address(theirs, ada, form):
    """Members are only searched in your own workspace."""
    answer = ada.get("/invite/", {"task": "WEB-12", "email": "otto@suedwind.example"})
    assert "belongs to a member" not in answer.content.decode()


def test_visitors_see_nothing_of_a_workspace(theirs):
    for place in all_urls(**ids(theirs)):
        text = b"".join(Client().get(place)).decode()
        assert not [word for word in THEIRS if word in text], place
