"""Markup in every name from awork, on every page: always shown as text."""

import html
from dataclasses import replace

import pytest
from django.test import Client

from invites.models import Invitation
from invites.policy import versions as policies
from invites.policy.rules import NamedRef, Rules
from portal import actor
from portal.accounts import pending_roles
from portal.roles import DeskRole
from portal.standin.seed import MAIN
from tests.security.urls import all_urls

pytestmark = pytest.mark.django_db
INVITE = ("POST", "/tasks/assignuserbyemail")
NAMES = (
    *("first", "last", "workspace", "task", "project", "role", "status", "guessed-first", "guessed-last"),
    *("colleague", "code", "description", "trace"),
)
MORE = (
    *("/nowhere/", "/invite/?q=copy", "/invite/?task=WEB-14&email=new@creative.example"),
    *("/invitations/?q=img", "/audit/?q=img&type=invitation-sent"),
)

FIELDS = (
    *(
        "q",
        "task",
        "role",
        "email",
        "first_name",
        "last_name",
        "gender",
        "keep_assignees",
        "lines",
        "key",
        "state",
        "project",
    ),
    *("from", "to", "before", "after", "type", "actor", "guest", "ip_address", "next", "code", "error"),
    *("error_description", "busy"),
)


def markup(name):
    """Markup that would run, labelled with the name that contains it."""
    return f"\"'></title></script><img src=x onerror=alert(1) id={name}>{{{{7*7}}}}"


@pytest.fixture
def hostile(standin):
    """An awork in which every name contains markup."""
    world = standin.world
    world.workspaces.update(
        {key: replace(one, name=markup("workspace")) for key, one in world.workspaces.items()}
    )
    world.roles.update({key: replace(one, name=markup("role")) for key, one in world.roles.items()})
    world.projects.update({key: replace(one, name=markup("project")) for key, one in world.projects.items()})
    named = {"name": markup("task"), "status": markup("status")}
    world.tasks.update({key: replace(one, **named) for key, one in world.tasks.items()})
    for person in list(world.people.values()):
        called = markup("first") if person.handle == "ada" else markup("colleague")
        world.change(person, first_name=called, last_name=markup("last"))
    guess = {"firstName": markup("guessed-first"), "lastName": markup("guessed-last"), "gender": "female"}
    standin.fault("GET", "/users/autofill", "status", None, status=200, body=guess)
    return world


@pytest.fixture
def reader(hostile, enter):
    """An administrator there, with one refused and one sent invitation."""
    return enter("ada")


@pytest.fixture
def invitations(reader, standin, form):
    refusal = {"code": markup("code"), "description": markup("description"), "traceId": markup("trace")}
    standin.fault(*INVITE, "status", 1, status=400, body=refusal)
    for task in ("WEB-12", "WEB-13"):
        fields = form(
            task=str(standin.world.task(task).id), first_name=markup("first"), last_name=markup("last")
        )
        answer = reader.post("/invite/", fields | {"email": f"{task.lower()}@creative.example"})
        assert answer.status_code == 302
    made = list(Invitation.objects.order_by("created_at"))
    pending_roles.set_pending_role(
        made[0].workspace, "new@studio.example", DeskRole.LEAD, acting=actor.for_system(MAIN)
    )
    return made


@pytest.fixture
def policy(invitations, standin):
    """A policy version that names roles and projects, and would have refused the sent invitation."""
    role, project = standin.world.role("guest"), standin.world.projects[invitations[0].project_id]
    named = {
        "roles": (NamedRef(role.id, role.name),),
        "closed_projects": (NamedRef(project.id, project.name),),
    }
    rules = Rules(**named)
    policies.save_version(rules, after=0, saved_by=invitations[0].inviter, by=actor.for_system(MAIN))
    return rules


def walk(reader, invitations):
    """Every page and fragment of the portal for this user."""
    ids = [one.id for one in invitations]
    found = {*all_urls(invitation_id=ids, sequence=range(1, 14), reason=["guest"], number=[1]), *MORE}
    found.add(f"/invite/?task=WEB-12&email={invitations[1].email}")
    for address in sorted(found):
        for headers in ({}, {"HX-Request": "true"}, {"HX-Request": "true", "HX-Target": "panel"}):
            answer = reader.get(address, headers=headers)
            if answer.get("Content-Type", "").startswith("text/html"):
                yield address, body(answer)


def body(answer):
    return "" if answer.streaming else answer.content.decode()


def test_every_name_is_shown_as_text_and_never_as_markup(reader, policy, invitations):
    shown = set()
    for address, page in walk(reader, invitations):
        assert "<img src=x" not in page, address
        shown |= {name for name in NAMES if html.escape(markup(name)) in page}
    assert shown == set(NAMES)


def test_a_policy_and_its_preview_show_names_as_text(reader, policy, invitations):
    for name in ("role", "project"):
        assert html.escape(markup(name)) in body(reader.get("/policy/1/"))
    inviter = invitations[0].inviter
    policies.save_version(
        Rules(), after=1, saved_by=inviter, by=actor.for_system(MAIN)
    )  # refuses none of them
    asked = {
        "roles": str(policy.roles[0].id),
        "own_domain_guests": "on",
        "denied_domains": "creative.example",
    }
    preview = body(reader.post("/policy/", asked | {"closed_projects": str(policy.closed_projects[0].id)}))
    assert f"/invitations/{invitations[1].id}/" in preview  # among those who would be refused
    assert html.escape(markup("first")) in preview
    assert "<img src=x" not in preview


@pytest.mark.parametrize("who", ["nobody", "ada"])
def test_text_of_a_url_is_never_markup(enter, who):
    reader = Client() if who == "nobody" else enter(who)
    typed = dict.fromkeys(FIELDS, markup("typed"))
    for address in [*all_urls(reason=["guest"]), "/nowhere/<img src=x>/", "/login/refused/<img src=x>/"]:
        for answer in (
            reader.get(address, typed),
            reader.get(address, typed, headers={"HX-Request": "true"}),
        ):
            assert "<img src=x" not in body(answer), address
