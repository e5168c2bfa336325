"""Every verdict about a line, and what it says."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from invites.lookup import roles
from invites.models import Invitation
from invites.policy.rules import NamedRef
from invites.sending.create import create
from tests.invites import factories
from tests.invites.batches.conftest import check, guest, texts, verdicts
from tests.invites.conftest import actor
from tests.invites.factories import policy

pytestmark = pytest.mark.django_db
CARLA = "carla@agency.example"


@pytest.mark.parametrize(
    ("line", "field", "says"),
    [
        (guest(1, "carla@"), "email", "not a complete e-mail address"),
        (guest(1, " ", task="WEB-12"), "email", "Enter the guest's e-mail address."),
        (guest(1, "a@agency.example, b@agency.example"), "email", "Enter one address"),
        (guest(1, first_name="www.casino.example"), "first_name", "A name cannot have a link in it."),
        (guest(1, last_name="x" * 1001), "last_name", "too long"),
        (guest(1, gender="unknown"), "gender", "Enter female, male or other"),
        (guest(1, ends_on="03/04/2027"), "ends_on", "Enter a day such as 2027-01-31."),
        (guest(1, task="WEB-99999"), "task", "Task not found"),
        (guest(1, task="Write copy"), "task", "Pick a task from the list, or enter its key or link."),
        (guest(1, problem="This line has no end."), "form", "This line has no end."),
    ],
)
def test_a_malformed_line_says_which_field_and_why(ada, line, field, says):
    (found,) = check(ada, line).lines

    assert found.verdict == "malformed"
    assert [*found.messages] == [field]
    assert says in texts(found)[field][0]


def test_a_line_without_any_task_is_malformed(ada):
    assert texts(check(ada, guest(1), task="").lines[0]) == {"task": ["Choose a task."]}


def test_a_duplicate_says_which_line_is_the_first(ada, standin):
    task = standin.world.task("WEB-12").id
    lines = [
        guest(2, CARLA),
        guest(5, "Carla <CARLA@Agency.Example>", task=f"https://app.awork.com/tasks/{task}"),
        guest(7, CARLA, task="WEB-13"),
        guest(9, CARLA, task="web-12", role="Team lead"),
    ]
    found = check(ada, *lines, guest(10, CARLA, gender="?"))

    assert verdicts(found) == ["ready", "duplicate", "ready", "duplicate", "malformed"]
    assert texts(found.lines[3]) == {"email": ["Line 2 already has this address and task."]}
    assert [*texts(found.lines[4])] == ["gender"]


def test_a_duplicate_of_a_line_that_cannot_be_sent_is_one_too(ada):
    assert verdicts(check(ada, guest(1, CARLA, role="Chef"), guest(2, CARLA))) == ["denied", "duplicate"]


def test_an_address_that_is_already_invited_links_to_its_invitation(ada, new_invitation, send):
    earlier = send(new_invitation(email=CARLA))
    found = check(ada, "CARLA@agency.example", guest(2, CARLA, task="WEB-13"), "new@agency.example")

    assert verdicts(found) == ["invited", "member", "ready"]
    (denial,) = found.lines[0].denials
    assert (denial.rule, denial.field, denial.link) == ("duplicate", "email", earlier.get_absolute_url())


@pytest.mark.parametrize("state", ["refused", "not_sent"])
def test_an_invitation_that_was_not_sent_is_no_obstacle(ada, standin, new_invitation, state):
    create(new_invitation(email=CARLA), by=actor(ada))
    Invitation.objects.update(state=state)

    assert verdicts(check(ada, CARLA)) == ["ready"]


STATES = [
    ({}, "belongs to a member of the workspace"),
    ({"invitation_accepted": False}, "hasn't joined yet"),
    ({"is_deactivated": True}, "is deactivated"),
    ({"is_archived": True}, "is archived"),
    ({"is_external": True}, "awork Connect"),
    ({"role": "agent"}, "belongs to an agent"),
]


@pytest.mark.parametrize(("fields", "says"), STATES)
def test_an_address_in_use_says_who_has_it(ada, crowd, fields, says):
    crowd(1, **fields)
    (found,) = check(ada, "Person1@CROWD.example").lines

    assert found.verdict == "member"
    assert says in texts(found)["email"][0]


@pytest.mark.parametrize(
    ("key", "says", "is_action"),
    [
        ("WEB-12", "already in the project O'Connor's Café", False),
        ("CAF-8", "already in the task's project", True),
        ("CAF-7", "already assigned to the task", False),
    ],
)
def test_a_guest_is_judged_by_the_task(ada, key, says, is_action):
    (found,) = check(ada, "gustav@nordlicht.example", task=key).lines

    assert found.verdict == "member"
    assert says in texts(found)["email"][0]
    assert found.denials[0].is_action is is_action


@pytest.mark.parametrize(
    ("rules", "line", "rule"),
    [
        ({"denied_domains": ("agency.example",)}, guest(1), "domain"),
        ({"own_domains": ("agency.example",), "own_domain_guests": False}, guest(1), "own-domain"),
        ({}, guest(1, task="KEY-1", role="Agent"), "role"),
        ({}, guest(1, role="Chef"), "role"),
    ],
)
def test_a_line_that_a_rule_denies_names_the_rule(ada, rules, line, rule):
    policy(ada, **rules)
    (found,) = check(ada, line).lines

    assert (found.verdict, [denial.rule for denial in found.denials]) == ("denied", [rule])


def test_closed_projects_and_private_tasks_are_denied(ada, standin):
    web = standin.world.task("WEB-12").project_id
    policy(ada, closed_projects=(NamedRef(web, "Website"),))
    private = guest(2, task=str(standin.world.task("Private: salary talks").id))
    found = check(ada, guest(1), private, guest(3, task="CAF-8"))

    assert verdicts(found) == ["denied", "denied", "ready"]
    assert [line.denials[0].rule for line in found.lines[:2]] == ["project", "policy"]


def test_a_role_that_cannot_be_assigned_is_named(ada):
    (found,) = check(ada, guest(1, role="Chef")).lines

    assert texts(found) == {"role": ["You can't assign the role “Chef”. Pick another one."]}


def test_one_line_may_have_several_reasons(ada, crowd):
    crowd(1)
    policy(ada, denied_domains=("crowd.example",))
    (found,) = check(ada, guest(1, "person1@crowd.example", role="Chef")).lines

    assert found.verdict == "member"
    assert [*texts(found)] == ["email", "role"]
    assert [denial.rule for denial in found.denials] == ["member", "domain", "role"]


def test_a_task_with_one_assignee_takes_one_guest(ada):
    lines = [
        guest(1, "paul@nordlicht.example", task="POD-2"),
        guest(2, task="POD-2"),
        guest(3, task="POD-2"),
        guest(4, task="POD-1"),
    ]
    found = check(ada, *lines)

    assert verdicts(found) == ["member", "ready", "denied", "ready"]
    assert "have one assignee, and line 2" in texts(found.lines[2])["task"][0]


def test_where_the_number_of_assignees_is_unknown_all_are_allowed(ada, standin):
    standin.world.change_project("WEB", allows_several=None)
    found = check(ada, guest(1), guest(2))

    assert verdicts(found) == ["ready", "ready"]


def test_a_guest_takes_part_in_one_project(ada):
    lines = [
        guest(1, CARLA, task="WEB-12"),
        guest(2, CARLA, task="WEB-13"),
        guest(3, CARLA, task="CAF-8"),
        guest(4, "lena@agency.example", task="WEB-12", role="Team lead"),
        guest(5, "lena@agency.example", task="CAF-8", role="Team lead"),
    ]
    found = check(ada, *lines)

    assert verdicts(found) == ["ready", "ready", "denied", "ready", "ready"]
    assert "Line 1 invites this guest to another project" in texts(found.lines[2])["task"][0]


def test_a_line_that_cannot_be_sent_takes_no_guest_to_another_project(ada, standin):
    web = standin.world.task("WEB-12").project_id
    policy(ada, closed_projects=(NamedRef(web, "Website"),))

    assert verdicts(check(ada, guest(1, CARLA), guest(2, CARLA, task="CAF-8"))) == ["denied", "ready"]


def sent_before(user, number, minutes):
    """So many invitations that the user sent before."""
    at = timezone.now() - timedelta(minutes=minutes)
    for _ in range(number):
        factories.invitation(user, task_id=uuid4(), attempted_at=at)


def test_the_limit_counts_the_whole_list_before_it_is_sent(ada):
    policy(ada, per_hour=5)
    with time_machine.travel(timezone.now().replace(hour=12, minute=0, second=0), tick=False):
        sent_before(ada, 2, minutes=40)
        found = check(ada, guest(1), "carla@", *(guest(number) for number in range(3, 7)))

    assert verdicts(found) == ["ready", "malformed", "ready", "ready", "denied", "denied"]
    assert found.lines[4].denials == found.lines[5].denials == [found.quota]
    assert str(found.quota.text).startswith(
        "You can send only 3 of these 5 invitations now: the limit is 5 invitations per hour. "
        "You can send again from 12:21"
    )


@pytest.mark.parametrize(
    ("per_hour", "per_day", "sent", "ready", "says"),
    [
        (5, None, 0, 4, None),
        (
            3,
            None,
            0,
            3,
            "only 3 of these 4 invitations now: the limit is 3 invitations per hour. You can send",
        ),
        (
            9,
            2,
            0,
            2,
            "only 2 of these 4 invitations now: the limit is 2 invitations in 24 hours. You can send",
        ),
        (2, None, 2, 0, "You've reached the limit of 2 invitations per hour. You can send"),
        (2, None, 7, 0, "You've reached the limit of 2 invitations per hour. You can send"),
        (0, None, 0, 0, "You've reached the limit of 0 invitations per hour."),
    ],
)
def test_each_limit(ada, per_hour, per_day, sent, ready, says):
    policy(ada, per_hour=per_hour, per_day=per_day)
    sent_before(ada, sent, minutes=5)
    found = check(ada, *(guest(number) for number in range(1, 5)))

    assert verdicts(found) == ["ready"] * ready + ["denied"] * (4 - ready)
    assert (says or "") in str(found.quota.text if found.quota else "")
    assert bool(found.quota) is bool(says)
    if per_hour == 0:
        assert "again" not in str(found.quota.text)  # never


def test_lines_that_cannot_be_sent_take_no_place_of_a_limit(ada):
    policy(ada, per_hour=1)

    assert verdicts(check(ada, "paul@nordlicht.example", guest(2, role="Chef"), guest(3))) == [
        "member",
        "denied",
        "ready",
    ]


def test_a_manager_sees_only_members_who_are_known_here(ada, paula):
    roles.workspace_roles(ada)
    found = check(paula, "ada@nordlicht.example", "gustav@nordlicht.example")

    assert verdicts(found) == ["member", "ready"]


def test_where_there_is_no_guest_role_nobody_is_taken_for_a_guest(ada, standin, crowd):
    role = standin.world.role("guest")
    standin.world.roles[role.id] = replace(role, is_guest=False, is_archived=True)
    (found,) = check(ada, guest(1, "gustav@nordlicht.example", role="Team lead")).lines

    assert "a member, or a guest of a project" in texts(found)["email"][0]
