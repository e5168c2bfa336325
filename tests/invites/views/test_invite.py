import re
import time
from dataclasses import replace
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from invites.audit.models import Event
from invites.lookup import roles
from invites.messages import REASONS
from invites.models import Invitation, Reason, RoleOption, State, TaskComment
from invites.policy.rules import NamedRef
from portal.awork import http
from portal.awork.tokens import client_for
from portal.standin.entities import stable_id
from portal.standin.environment import API_KEY
from tests.invites.conftest import person
from tests.invites.factories import invitation, policy
from tests.invites.views.pages import text

pytestmark = pytest.mark.django_db
INVITE = ("POST", "/tasks/assignuserbyemail")
HTMX = {"HX-Request": "true"}


def test_the_form_offers_roles_with_the_guest_role_first_and_picked(client, paula, standin):
    page = text(client.get("/invite/"))
    offered = re.findall(r'name="role" value="([^"]+)"( checked)?', page)

    guest = str(standin.world.role("guest").id)
    assert offered[0] == (guest, " checked")
    assert {role for role, _ in offered} == {
        str(standin.world.role(name).id) for name in ("guest", "manager", "lead", "member")
    }


def test_the_address_fills_in_the_form(client, paula, standin):
    role = str(standin.world.role("member").id)
    page = text(client.get("/invite/", {"task": "WEB-12", "role": role, "email": "carla@creative.example"}))

    assert f'name="task" value="{standin.world.task("WEB-12").id}"' in page
    assert f'value="{role}" checked' in page
    assert 'value="carla@creative.example"' in page
    assert "The guest is assigned to <strong>WEB-12 Write copy</strong>." in page
    assert "Ada and Paul stay assigned." in page
    assert standin.count(*INVITE) == 0


ONE = "Paul will be unassigned and lose their planned time. </strong> Tasks in this project have one assignee"
MAYBE = "Paul may be unassigned: we can't see whether this task can have several assignees."


@pytest.mark.parametrize(("several", "said"), [(True, "Paul stays"), (False, ONE), (None, MAYBE)])
def test_the_panel_says_who_stays_where_that_is_so(client, paula, standin, several, said):
    standin.world.change_project("POD", allows_several=several)
    page = unescape(text(client.get("/invite/", {"task": "POD-1", "email": "carla@creative.example"})))

    assert said in page
    assert ("Keep current assignees" in page) is (several is not False)
    assert [one for one in ("Paul stays", ONE, MAYBE) if one in page] == [said]


def test_the_record_says_who_was_unassigned_and_cant_be_restored(client, paula, fields):
    response = client.post("/invite/", fields(task="POD-1"), follow=True)
    record = client.get(Invitation.objects.get().get_absolute_url())

    for page in (response, record):
        said = "Unassigned: Paul O'Neill. Tasks in this project have one assignee, so they can't be restored."
        assert said in unescape(text(page))
        assert "Restore assignees" not in text(page)


def test_a_filled_form_takes_four_calls_and_then_none(client, standin, sign_in):
    sign_in(client, "mona")
    client.get("/invite/", {"task": "POD-2"})  # reads the roles
    standin.requests.clear()
    for _ in range(2):
        client.get("/invite/", {"task": "WEB-12", "email": "carla.creative@agentur.example"})

    project = standin.world.task("WEB-12").project_id
    email = "carla.creative@agentur.example"
    assert [one.path for one in standin.requests] == [
        "/tasks/key/WEB-12",
        f"/projects/{project}",
        "/users",
        f"/users/autofill/{email}",
    ]


def test_awork_guesses_the_name_where_none_was_entered(client, paula, standin):
    page = text(client.get("/invite/", {"email": "carla.creative@agentur.example"}))

    assert 'name="first_name" autocomplete="off" value="Carla"' in page
    assert "awork suggests: Carla Creative" in page


def test_a_name_that_was_entered_is_not_guessed_over(client, paula):
    page = text(client.get("/invite/", {"email": "carla.creative@agentur.example", "first_name": "Caroline"}))

    assert 'value="Caroline"' in page


def test_sending_answers_with_the_state(client, paula, fields, standin):
    response = client.post("/invite/", fields())
    invitation = Invitation.objects.get()

    assert response["Location"] == reverse("invite-result", args=[invitation.id])
    page = text(client.get(response["Location"]))
    assert 'data-state="sent"' in page
    assert "We reassigned them" in page
    assert standin.count(*INVITE) == 1


@pytest.mark.parametrize("times", [2, 3])
def test_pressing_again_sends_once(client, paula, fields, standin, times):
    same = fields()
    answers = {client.post("/invite/", same)["Location"] for _ in range(times)}

    assert len(answers) == 1
    assert standin.count(*INVITE) == 1


def test_a_form_that_was_changed_after_sending_says_so_and_sends_when_pressed_again(
    client, paula, fields, standin
):
    same = fields()
    client.post("/invite/", same)
    response = client.post("/invite/", same | {"email": "dirk@druck.example"})

    assert response.status_code == 422
    assert "already sent" in text(response)
    assert standin.count(*INVITE) == 1
    key = re.search(r'name="key" value="([^"]+)"', text(response))[1]
    client.post("/invite/", same | {"email": "dirk@druck.example", "key": key})
    assert standin.count(*INVITE) == 2


def test_a_form_with_a_made_up_key_is_sent_once(client, paula, fields, standin):
    for _ in range(2):
        page = text(client.post("/invite/", fields(key="x\0" * 500), follow=True))
        assert 'data-state="sent"' in page

    assert standin.count(*INVITE) == 1


def test_a_form_without_a_key_is_sent(client, paula, fields, standin):
    client.post("/invite/", fields(key=None))

    assert standin.count(*INVITE) == 1


@pytest.mark.parametrize("task", ["WEB-12", "web-12", "https://nordlicht.awork.com/tasks/WEB-12/details"])
def test_the_task_may_be_a_key_or_a_link(client, paula, fields, standin, task):
    client.post("/invite/", fields(task=task))

    assert Invitation.objects.get().task_id == standin.world.task("WEB-12").id


def test_without_a_script_a_key_may_stand_in_the_search_field(client, paula, fields):
    client.post("/invite/", fields(task=None, q="WEB-12"))

    assert Invitation.objects.get().task_key == "WEB-12"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"email": "carla@"}, "not a complete e-mail address"),
        ({"email": "c@" + "d" * 300 + ".example"}, "too long"),
        ({"email": ""}, "Enter the guest"),
        ({"first_name": "x" * 1001}, "at most 1,000 characters"),
        ({"last_name": "see https://win.example"}, "cannot have a link"),
        ({"task": ""}, "Choose a task."),
        ({"task": "write copy"}, "Pick a task from the list"),
        ({"task": "WEB-99999"}, "Task not found, or you"),
        ({"task": "KEY-1"}, "Task not found, or you"),  # of a private project
        ({"task": "SUD-1"}, "Task not found, or you"),  # of another workspace
        ({"task": str(uuid4())}, "Task not found, or you"),
        ({"role": ""}, "Choose a role."),
        ({"role": "x" * 1001}, "Choose one of the roles shown."),
        ({"role": str(uuid4())}, "assign this role. Pick one below."),
        ({"gender": "robot"}, "robot"),
        ({"email": "paula@nordlicht.example"}, "a member of the workspace"),
    ],
)
def test_what_cannot_go_out_is_refused_beside_its_field(client, paula, fields, standin, changes, said):
    response = client.post("/invite/", fields(**changes))

    assert response.status_code == 422
    assert said in text(response)
    assert "Nothing was sent." in text(response)
    assert not Invitation.objects.exists()
    assert standin.count(*INVITE) == 0


def test_a_private_task_is_refused(client, paula, fields, standin):
    task = standin.world.task("Private: Geschenk für Jürgen")
    response = client.post("/invite/", fields(task=str(task.id)))

    assert "This task is private." in text(response)
    assert standin.count(*INVITE) == 0


@pytest.mark.parametrize("role", ["admin", "agent", "archived", "other-member"])
def test_a_forged_role_is_refused_and_recorded(client, paula, fields, standin, role):
    response = client.post("/invite/", fields(role=str(standin.world.role(role).id)))

    assert response.status_code == 422
    assert standin.count(*INVITE) == 0
    event = Event.objects.get(type="attempt-refused")
    assert event.details["rule"] == "role"
    assert event.role_id == standin.world.role(role).id


def test_a_role_forged_by_its_name_is_refused_and_recorded(client, paula, fields, standin):
    name = standin.world.role("admin").name
    response = client.post("/invite/", fields(role=name))

    assert response.status_code == 422
    assert standin.count(*INVITE) == 0
    event = Event.objects.get(type="attempt-refused")
    assert (event.details["rule"], event.role_id, event.role_name) == ("role", None, name)


@pytest.mark.parametrize("role", ["guest", "Guest", "kreative & entwickler", "kreative-entwickler"])
def test_a_bookmark_names_the_role(client, paula, standin, role):
    page = text(client.get("/invite/", {"task": "WEB-12", "role": role, "email": "carla@creative.example"}))

    picked = standin.world.role("member" if "kreative" in role else "guest")
    assert f'value="{picked.id}" checked' in page
    assert "Missing" not in page


def test_a_role_that_a_bookmark_asks_for_in_vain_is_named(client, paula):
    page = text(client.get("/invite/", {"task": "WEB-12", "role": "<b>Chef"}))
    assert "You can&#x27;t assign the role “&lt;b&gt;Chef”. Pick one below." in page


def test_a_guest_without_a_name_is_on_the_task_in_words(client, paula, fields):
    client.post("/invite/", fields(first_name="", last_name=""))

    page = text(client.get("/invite/?task=WEB-12"))
    assert "Ada Ahrens, Paul O&#x27;Neill" in page
    assert "someone without a name" in page


def test_a_sentence_of_the_panel_begins_with_a_capital(client, paula, fields):
    client.post("/invite/", fields(first_name="", last_name="", keep_assignees="off"))

    assert "Someone without a name stays assigned." in text(client.get("/invite/?task=WEB-12"))


def test_who_is_told_to_choose_a_role_finds_none_chosen(client, paula, fields):
    page = text(client.post("/invite/", fields(role=None)))

    assert "Choose a role." in page
    assert not re.search(r'name="role"[^>]+checked', page)
    assert "The guest joins" not in page


def test_a_role_named_in_a_post_is_sent(client, paula, fields, standin):
    client.post("/invite/", fields(role="guest"))

    assert Invitation.objects.get().role_id == standin.world.role("guest").id


def test_an_address_already_invited_is_refused_with_a_link_to_the_invitation(client, paula, fields, standin):
    client.post("/invite/", fields())
    response = client.post("/invite/", fields())

    earlier = Invitation.objects.get()
    assert f'href="{reverse("invitation", args=[earlier.id])}"' in text(response)
    assert Event.objects.get(type="attempt-refused").details["rule"] == "duplicate"
    assert standin.count(*INVITE) == 1


def test_a_form_whose_duplicate_ends_between_two_statements_is_shown_again(
    client, paula, fields, standin, active_for_one_statement
):
    standin.world.seats = 0
    client.post("/invite/", fields())
    earlier = Invitation.objects.get()
    standin.world.seats = 50
    with active_for_one_statement(earlier, "INSERT INTO"):
        response = client.post("/invite/", fields())

    assert response.status_code == 422
    assert 'value="carla@creative.example"' in text(response)
    assert str(REASONS[Reason.FORM_OUTDATED].text) in unescape(text(response))
    assert Invitation.objects.get().state == State.REFUSED
    assert standin.count(*INVITE) == 1

    client.post("/invite/", fields())
    assert standin.count(*INVITE) == 2


def test_a_member_is_refused_with_a_link_to_awork(client, fields, standin, sign_in):
    sign_in(client, "mona")  # she may list users
    response = client.post("/invite/", fields(email="zoe@nordlicht.example"))

    assert f'href="https://app.awork.com/tasks/{standin.world.task("WEB-12").id}"' in text(response)
    assert Event.objects.get(type="attempt-refused").details["rule"] == "member"


REFUSED = {
    "domain": ({"denied_domains": ("creative.example",)}, "Addresses of this domain cannot be invited."),
    "own-domain": (
        {"own_domains": ("creative.example",), "own_domain_guests": False},
        "an address of your own company",
    ),
    "quota": ({"per_hour": 1}, "You&#x27;ve reached the limit of 1 invitation per hour."),
    "project": (
        {"closed_projects": (NamedRef(stable_id("project", "WEB"), "Website"),)},
        "This project is closed",
    ),
    "role": (
        {"roles": (NamedRef(stable_id("role", "member"), "Team"),)},
        "assign this role. Pick one below.",
    ),
}


@pytest.mark.parametrize("rule", REFUSED)
def test_the_policy_refuses_is_recorded_and_keeps_what_was_typed(client, paula, fields, standin, rule):
    invitation(paula, task_id=uuid4(), attempted_at=timezone.now())
    policy(paula, **REFUSED[rule][0])
    response = client.post("/invite/", fields())

    assert response.status_code == 422
    assert REFUSED[rule][1] in text(response)
    for value in ("carla@creative.example", 'value="Carla"', str(standin.world.task("WEB-12").id)):
        assert value in text(response)
    assert standin.count(*INVITE) == 0
    event = Event.objects.get(type="attempt-refused")
    assert event.details == {"rule": rule, "policy": 1}


def test_an_invitation_records_the_version_that_let_it_pass(client, paula, fields):
    policy(paula)
    policy(paula, denied_domains=("evil.example",))
    client.post("/invite/", fields())

    found = Invitation.objects.get(email="carla@creative.example")
    assert found.policy_version == 2
    assert Event.objects.get(type="invitation-requested").details == {"policy": 2}


def test_a_policy_saved_while_the_form_is_judged_shows_the_form_again(client, paula, fields, monkeypatch):
    from invites.views import invite

    def overtaken(*arguments, **named):
        policy(paula)
        return create(*arguments, **named)

    create = invite.create
    monkeypatch.setattr(invite, "create", overtaken)
    response = client.post("/invite/", fields())

    assert response.status_code == 422
    assert "This form is out of date. Nothing was sent." in text(response)
    assert not Invitation.objects.exists()


def test_a_limit_that_was_reached_meanwhile_refuses_beside_the_field(client, paula, fields, monkeypatch):
    from invites.views import invite

    def overtaken(*arguments, **named):
        invitation(paula, task_id=uuid4(), attempted_at=timezone.now())
        return create(*arguments, **named)

    policy(paula, per_hour=1)
    create = invite.create
    monkeypatch.setattr(invite, "create", overtaken)
    response = client.post("/invite/", fields())

    assert response.status_code == 422
    assert "You&#x27;ve reached the limit of 1 invitation per hour" in text(response)
    assert Event.objects.get(type="attempt-refused").details["rule"] == "quota"


def test_pressing_twice_under_a_limit_of_one_shows_the_answer(client, paula, fields):
    policy(paula, per_hour=1)
    said = fields()
    first, second = client.post("/invite/", said), client.post("/invite/", said)

    assert first["Location"] == second["Location"]


def test_role_cards_show_what_the_policy_allows_and_preselects(client, paula, standin):
    guest, member, lead = (standin.world.role(name) for name in ("guest", "member", "lead"))
    policy(paula, roles=(NamedRef(guest.id, "Guest"), NamedRef(member.id, "Team")), default_role=member.id)
    page = text(client.get("/invite/"))

    assert f'value="{member.id}" checked' in page
    assert f'value="{guest.id}"' in page
    assert str(lead.id) not in page


def test_a_role_that_manages_is_shown_to_administrators_only(client, paula, standin, fields, sign_in):
    office = str(standin.world.role("office").id)
    assert office not in text(client.get("/invite/"))
    assert client.post("/invite/", fields(role=office)).status_code == 422
    assert standin.count(*INVITE) == 0
    sign_in(client, "ada")
    assert office in text(client.get("/invite/"))


def test_everything_typed_comes_back_with_a_refusal(client, paula, fields):
    page = text(client.post("/invite/", fields(email="carla@", first_name="Käthe", keep_assignees="off")))

    assert 'value="carla@"' in page
    assert 'value="Käthe"' in page
    assert not re.search(r'name="keep_assignees" type="checkbox" value="on" checked', page)


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_markup_is_shown_as_text(client, paula, fields, hostile):
    typed = fields(email=hostile, first_name=hostile, task=hostile, role=hostile)
    for response in (client.post("/invite/", typed), client.get("/invite/", typed | {"q": hostile})):
        assert hostile not in text(response)


class TestRoles:
    def test_nobody_knows_the_roles_before_an_administrator_was_here(self, client, standin, sign_in):
        sign_in(client, "paula")

        assert "An administrator of the workspace has to sign in here once" in text(client.get("/invite/"))

    def test_they_are_read_with_the_portals_own_key_where_there_is_one(
        self, client, standin, sign_in, settings
    ):
        settings.AWORK_API_KEY = API_KEY
        sign_in(client, "paula")

        assert str(standin.world.role("guest").id) in text(client.get("/invite/"))

    def test_a_manager_who_may_list_them_asks_awork(self, client, standin, sign_in):
        sign_in(client, "mona")
        standin.requests.clear()
        client.get("/invite/")

        assert [one.path for one in standin.requests].count("/roles") == 1

    def test_the_form_of_a_large_workspace_takes_few_calls(self, client, standin, ada, large):
        standin.requests.clear()
        for _ in range(3):
            client.get("/invite/")

        assert standin.count("GET", "/roles") == 11

    @pytest.mark.parametrize("who", ["mona", "paula"])
    @pytest.mark.parametrize(
        "change",
        [{"is_admin": True}, {"is_agent": True}, {"is_archived": True}, {"features": {("umc", "write")}}],
    )
    def test_a_role_that_changed_since_the_form_was_shown_is_refused(
        self, client, standin, fields, sign_in, settings, change, who
    ):
        settings.AWORK_API_KEY = API_KEY
        sign_in(client, who)
        member = standin.world.role("member")
        assert str(member.id) in text(client.get("/invite/", {"role": member.id}))
        standin.world.roles[member.id] = replace(member, **change)
        response = client.post("/invite/", fields(role=str(member.id)))

        assert response.status_code == 422
        assert Event.objects.get(type="attempt-refused").details["rule"] == "role"
        assert standin.count(*INVITE) == 0

    def test_a_role_is_judged_by_its_permissions_of_now_when_it_is_sent(
        self, client, standin, paula, fields, settings, large
    ):
        settings.AWORK_API_KEY = API_KEY
        member = standin.world.role("member")
        standin.world.roles[member.id] = replace(member, features=frozenset({("umc", "write")}))
        cache.clear()
        RoleOption.objects.update(permissions_read_at=timezone.now() - timedelta(minutes=61))
        page = client.post("/invite/", fields(role=str(member.id)))

        assert "assign this role" in text(page)
        assert standin.count("POST", "/assignuserbyemail") == 0

    def test_a_role_that_is_gone_is_offered_no_more(self, client, standin, paula, sign_in):
        ada = person(standin, "ada")
        role = standin.world.roles.pop(standin.world.role("member").id)
        roles.refresh_roles(ada.workspace, client_for(ada))

        assert str(role.id) not in text(client.get("/invite/"))

    def test_without_a_guest_role_nothing_is_picked(self, client, standin, paula):
        ada = person(standin, "ada")
        standin.world.roles.pop(standin.world.role("guest").id)
        roles.refresh_roles(ada.workspace, client_for(ada))
        page = text(client.get("/invite/"))

        assert "No guest role is available" in page
        assert "checked" not in page.split('id="who"')[1].split("</fieldset>")[0]


class TestTasks:
    def test_words_find_tasks(self, client, paula, standin):
        page = text(client.get("/invite/", {"q": "write copy"}))

        assert "WEB-12" in page
        assert re.search(r'href="/invite/\?[^"]*task=' + str(standin.world.task("WEB-12").id), page)

    @pytest.mark.parametrize("query", ["WEB-12", "https://app.awork.com/tasks/WEB-12"])
    def test_a_key_or_link_finds_its_task(self, client, paula, query):
        page = text(client.get("/invite/", {"q": query}))

        assert page.count('id="task-option-') == 1
        assert "Write copy" in page

    def test_nothing_found_is_said(self, client, paula):
        assert "No tasks found. Try other words" in text(client.get("/invite/", {"q": "qqqqqq"}))

    def test_a_poor_choice_says_why(self, client, paula):
        assert "This task is already done." in text(client.get("/invite/", {"q": "WEB-15"}))

    def test_a_closed_project_is_said_in_the_list_and_on_the_card(self, client, paula):
        policy(paula, closed_projects=(NamedRef(stable_id("project", "WEB"), "Website"),))
        said = '<span class="task-note">This project is closed to invitations.'

        assert said in text(client.get("/invite/", {"q": "WEB-12"}))
        assert said in text(client.get("/invite/", {"task": "WEB-12"}))
        assert said not in text(client.get("/invite/", {"task": "CAF-7"}))

    def test_a_closed_project_is_said_of_recent_tasks_too(self, client, paula, fields, standin):
        client.post("/invite/", fields(task="CAF-7", email="new@creative.example"))
        standin.fault("GET", "/me/allavailabletasks", "wrong_shape", body=[])
        policy(paula, closed_projects=(NamedRef(stable_id("project", "CAF"), "Café"),))

        assert "This project is closed to invitations." in text(client.get("/invite/"))

    def test_recent_tasks_come_first(self, client, paula, fields, standin):
        client.post("/invite/", fields(task="CAF-7", email="new@creative.example"))
        page = text(client.get("/invite/"))

        first = re.search(r'class="key">([^<]+)<', page)[1]
        assert first == "CAF-7"

    def test_the_same_question_is_asked_once_a_minute(self, client, paula, standin):
        standin.requests.clear()
        for _ in range(3):
            client.get("/invite/", {"q": "copy"}, headers=HTMX | {"HX-Target": "task-options"})

        assert standin.count("GET", "/search") == 1

    def test_a_pause_in_typing_makes_one_call(self, client, knows_roles, standin, sign_in):
        sign_in(client, "mona")  # who may list roles, though that is not the question here
        cache.clear()
        standin.requests.clear()
        client.get("/invite/", {"q": "copy"}, headers=HTMX | {"HX-Target": "task-options"})

        assert [one.path for one in standin.requests] == ["/search"]

    def test_what_was_typed_goes_along_with_a_choice(self, client, paula):
        page = text(client.get("/invite/", {"q": "write copy", "email": "carla@creative.example"}))

        assert re.search(r'href="/invite/\?email=carla%40creative.example&amp;task=', page)


class TestFragments:
    @pytest.mark.parametrize(
        ("target", "has", "lacks"),
        [
            ("task-options", "Your recent tasks", "<form"),
            ("task-part", "data-combobox", "<h1"),
            ("panel", "gets an e-mail from awork", "<form"),
            ("invite-page", "<h1", "<html"),
        ],
    )
    def test_one_address_serves_each_part(self, client, paula, target, has, lacks):
        headers = HTMX | {"HX-Target": target}
        page = text(client.get("/invite/", {"email": "carla@creative.example"}, headers=headers))

        assert has in page
        assert lacks not in page

    def test_a_choice_swaps_the_card_and_the_panel(self, client, paula, standin):
        headers = HTMX | {"HX-Target": "task-part"}
        page = text(client.get("/invite/", {"task": "WEB-12"}, headers=headers))

        assert "Write copy" in page
        assert 'id="panel" hx-swap-oob' in page

    def test_the_whole_page_and_a_part_are_cached_apart(self, client, paula):
        assert "HX-Request" in client.get("/invite/")["Vary"]


class TestTrouble:
    def test_the_page_stands_while_awork_does_not_answer(self, client, paula, settings):
        settings.AWORK_API_URL = "http://127.0.0.1:9/standin/api/v1"
        response = client.get("/invite/", {"email": "carla@creative.example", "task": "WEB-12"})

        assert response.status_code == 200
        assert "reach awork." in text(response)
        assert "Nothing was sent" not in text(response)
        assert "carla@creative.example" in text(response)

    def test_nothing_is_sent_while_awork_does_not_answer(self, client, paula, fields, settings, standin):
        typed = fields()
        settings.AWORK_API_URL = "http://127.0.0.1:9/standin/api/v1"
        response = client.post("/invite/", typed)

        assert response.status_code == 422
        assert "Nothing was sent." in text(response)
        assert not Invitation.objects.exists()

    def test_the_task_is_kept_for_the_next_try(self, client, paula, fields, settings, standin):
        settings.AWORK_API_URL, there = "http://127.0.0.1:9/standin/api/v1", settings.AWORK_API_URL
        typed = fields()
        page = text(client.post("/invite/", typed))
        assert f'name="task" value="{typed["task"]}"' in page
        assert "Missing" not in page

        settings.AWORK_API_URL = there
        client.post("/invite/", typed)
        assert Invitation.objects.get().state == "sent"

    def test_a_lost_answer_is_shown_as_unclear(self, client, paula, fields, standin):
        standin.fault(*INVITE, kind="cut_after")
        page = text(client.post("/invite/", fields(), follow=True))

        assert 'data-state="unclear"' in page
        assert "nothing is sent twice." in page

    def test_an_ended_sign_in_leads_back_to_what_was_typed(self, client, paula, fields, standin, sign_in):
        paula.token.delete()
        response = client.post("/invite/", fields(first_name="Käthe"))
        assert response["Location"].startswith("/login/")

        sign_in(client, "paula")
        assert 'value="Käthe"' in text(client.get("/invite/"))
        assert 'value="Käthe"' not in text(client.get("/invite/"))  # once
        assert standin.count(*INVITE) == 0


def test_nobody_gets_in_without_signing_in(client):
    for address in ("/invite/", f"/invite/{uuid4()}/"):
        assert client.get(address)["Location"].startswith("/login/")
    assert client.post("/invite/preview/")["Location"].startswith("/login/")


def test_somebody_elses_key_is_replaced_and_nothing_is_sent(client, paula, fields, standin, sign_in):
    same = fields()
    client.post("/invite/", same)
    sign_in(client, "mona")
    response = client.post("/invite/", same | {"email": "dirk@druck.example"})

    assert response.status_code == 422
    assert "This form is out of date." in text(response)
    assert same["key"] not in text(response)
    assert standin.count(*INVITE) == 1


def test_a_dead_awork_is_said_at_once_and_everything_typed_is_kept(client, paula, fields, standin):
    for _ in range(5):
        http.breaker.record(answered=False)
    standin.requests.clear()
    began = time.monotonic()
    response = client.post("/invite/", fields(first_name="Carolina"))

    assert time.monotonic() - began < 1
    assert response.status_code == 422
    assert "reach awork. Nothing was sent." in text(response)
    for typed in ("carla@creative.example", "Carolina", str(standin.world.task("WEB-12").id)):
        assert typed in text(response)
    assert standin.requests == []


def previewed(page):
    return re.search(r'name="previewed" value="([^"]*)"', text(page))[1]


def test_a_form_with_another_preview_is_shown_before_it_is_sent(client, paula, fields, standin):
    """Without a script, what was entered after the page came hasn't been shown yet."""
    empty = previewed(client.get("/invite/"))
    first = client.post("/invite/", fields(previewed=empty))

    assert first.status_code == 200
    assert 'data-state="preview"' in text(first)
    assert "Nothing was sent yet." in text(first)
    assert standin.count(*INVITE) == 0
    second = client.post("/invite/", fields(previewed=previewed(first)), follow=True)
    assert 'data-state="sent"' in text(second)
    assert standin.count(*INVITE) == 1


def test_a_name_that_was_cleared_stays_empty(client, paula, fields, standin):
    guest = {"email": "carla.creative@agentur.example", "first_name": "", "last_name": ""}
    first = client.post("/invite/", fields(**guest, previewed=""))
    assert 'value="Carla"' in text(first)

    again = fields(**guest, previewed=previewed(first), suggested_for=guest["email"])
    second = client.post("/invite/", again)
    assert 'data-state="preview"' in text(second)
    assert 'value="Carla"' not in text(second)
    client.post("/invite/", again | {"previewed": previewed(second)})
    assert Invitation.objects.get().first_name == ""


def test_a_reached_limit_stands_above_the_form_with_the_time_it_ends(client, paula):
    policy(paula, per_hour=2)
    now = timezone.now()
    for minutes in (50, 20, 10):
        invitation(paula, task_id=uuid4(), attempted_at=now - timedelta(minutes=minutes))
    page = text(client.get("/invite/"))

    free = now + timedelta(minutes=41)
    assert f"You can send again from {free:%H:%M} UTC." in page or f"{free:%-d %b %Y, %H:%M} UTC" in page
    assert page.index("You can send again") < page.index('id="part-task"')
    assert 'data-verdict="denied"' in page


def test_with_a_wrong_client_secret_the_form_says_so_and_nothing_is_sent(client, fields, standin, set_secret):
    entered = fields()
    standin.grants.expire()
    set_secret("wrong")
    said = "credentials at awork are wrong. Nothing was sent.</p> <p>Tell an administrator."
    assert said in text(client.post("/invite/", entered))
    assert not Invitation.objects.exists()
    set_secret("right")
    assert client.post("/invite/", entered).status_code == 302


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE invites_invitation ADD COLUMN later text NOT NULL",
        "CREATE UNIQUE INDEX one_guest_later ON invites_invitation (role_id)",
    ],
)
def test_a_schema_of_another_version_is_an_error_and_not_a_form_out_of_date(
    client, fields, standin, log_lines, change
):
    client.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute(change)
    if "UNIQUE" in change:
        client.post("/invite/", fields())
    sent = standin.count(*INVITE)
    answer = client.post("/invite/", fields(task="WEB-15", email="ben@creative.example"))
    assert answer.status_code == 500
    assert "Something went wrong" in text(answer)
    assert "IntegrityError" in next(line["exception"] for line in log_lines() if line["level"] == "error")
    assert standin.count(*INVITE) == sent


def test_a_comment_is_shown_beforehand_as_awork_gets_it_and_saved_with_the_invitation(
    client, paula, fields, standin
):
    entered = {"comment": "Carla <b>helps</b> us\r\nwith the copy.", "comment_hidden": "on"}
    shown = client.get("/invite/", fields(**entered), headers={"HX-Request": "true"}).text
    assert "you comment on the task:" in shown
    assert "Carla \u2039b\u203ahelps\u2039/b\u203a us<br>with the copy." in shown
    assert "Hidden from users of awork Connect." in shown
    page = client.post("/invite/", fields(**entered), follow=True).text
    comment = TaskComment.objects.get()
    assert (comment.text, comment.is_hidden) == (
        "Carla \u2039b\u203ahelps\u2039/b\u203a us\nwith the copy.",
        True,
    )
    assert "This comment is posted on the task within a minute:" in page
    assert standin.count("POST", "/comments") == 0


def test_a_comment_changed_after_the_preview_is_shown_before_it_is_sent(client, paula, fields):
    draft = client.get("/invite/", fields(comment="Hello")).text
    (previewed,) = re.findall(r'name="previewed" value="(\w+)"', draft)
    answer = client.post("/invite/", fields(comment="Goodbye", previewed=previewed))
    assert answer.status_code == 200
    assert not TaskComment.objects.exists()
    client.post("/invite/", fields(comment="Hello", previewed=previewed))
    assert TaskComment.objects.get().text == "Hello"


@pytest.mark.parametrize("comment", ["", "  \r\n ", "\u200b"])
def test_without_a_comment_none_is_saved(client, paula, fields, comment):
    client.post("/invite/", fields(comment=comment, comment_hidden="on"))
    assert Invitation.objects.get().state == "sent"
    assert not TaskComment.objects.exists()


def test_a_long_comment_is_refused_beside_its_field_and_kept(client, paula, fields):
    answer = client.post("/invite/", fields(comment="x" * 501))
    assert answer.status_code == 422
    assert "at most 500 characters" in answer.text
    assert "x" * 501 in answer.text
    assert not Invitation.objects.exists()


def test_pressing_again_saves_one_comment(client, paula, fields):
    form = fields(comment="Hello")
    for _ in range(3):
        client.post("/invite/", form)
    assert TaskComment.objects.count() == 1


def test_a_refused_invitation_offers_its_comment_again(client, paula, fields, standin):
    standin.world.seats = 0
    page = client.post("/invite/", fields(comment="Hello & welcome"), follow=True).text
    assert "once the invitation is sent:" in page
    assert "comment=Hello+%26+welcome" in page
