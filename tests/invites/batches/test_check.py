"""The dry run of a list of guests: what is asked of awork, and what the whole list comes to."""

import string
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from invites.audit.models import Event, Person
from invites.audit.refusals import RECORDED
from invites.batches.check import record_denied
from invites.batches.checked import Verdict
from invites.batches.lines import Line
from invites.lookup import roles
from invites.lookup.awork import Sight
from invites.models import Invitation
from invites.policy.rules import NamedRef
from invites.sending.create import create
from portal.awork.errors import SignInExpired
from portal.models import AworkToken, RefusalCounter
from portal.standin.environment import API_KEY
from portal.web import rate_limits
from tests.invites.batches.conftest import check, guest, texts, verdicts
from tests.invites.conftest import actor, person
from tests.invites.factories import policy

pytestmark = pytest.mark.django_db


def test_a_ready_line_has_the_invitation_that_the_form_would_send(ada, standin):
    line = guest(4, "Carla Creative <CARLA@agency.example>", gender="Female", role="kreative & entwickler")
    found = check(ada, line, task=f"https://app.awork.com/tasks/{standin.world.task('WEB-12').id}")

    (invitation,) = found.invitations
    said = (invitation.first_name, invitation.last_name, invitation.gender, invitation.email)
    assert said == ("Carla", "Creative", "female", "CARLA@agency.example")
    assert (invitation.task_key, invitation.role_name) == ("WEB-12", "Kreative & Entwickler")
    assert (invitation.inviter, invitation.keep_assignees, invitation.allows_several_assignees) == (
        *(ada, True),
        True,
    )
    assert create(invitation, by=actor(ada)) == (invitation, True)


def test_the_tasks_and_roles_of_lines_come_before_those_of_the_page(ada):
    lines = [guest(1, task="WEB-13", role="Team lead"), guest(2)]
    found = check(ada, *lines, task="CAF-8", role="office-manager")

    assert [(one.task.key, one.role.name) for one in found.lines] == [
        ("WEB-13", "Team lead"),
        ("CAF-8", "Office manager"),
    ]
    assert (found.task.key, found.role.name) == ("CAF-8", "Office manager")


def test_without_any_role_the_default_role_applies(ada, standin):
    member = standin.world.role("member")
    policy(ada, default_role=member.id)

    found = check(ada, guest(1))
    assert found.lines[0].role.id == found.role.id == member.id


def test_in_a_workspace_without_guest_role_a_role_has_to_be_chosen(ada, standin):
    role = standin.world.role("guest")
    standin.world.roles[role.id] = replace(role, is_guest=False, is_archived=True)
    found = check(ada, guest(1), guest(2, role="Team lead"))

    assert verdicts(found) == ["malformed", "ready"]
    assert texts(found.lines[0]) == {"role": ["Choose a role."]}


def test_no_name_is_suggested(ada, standin):
    check(ada, "carla.creative@agency.example")

    assert standin.count("GET", "/users/autofill") == 0


def test_each_task_and_project_is_asked_for_once(ada, standin):
    standin.requests.clear()
    found = check(ada, *(guest(number, task=key) for number, key in enumerate(["WEB-12", "WEB-13"] * 20, 1)))

    assert len(found.ready) == 40
    assert (standin.count("GET", "/tasks/"), standin.count("GET", "/projects/")) == (2, 1)


def test_a_workspace_of_5000_users_is_checked_with_few_calls(ada, standin, crowd):
    crowd(5000)
    standin.requests.clear()
    addresses = [f"person{n}@crowd.example" if n % 2 else f"new{n}@crowd.example" for n in range(1, 1001)]
    with CaptureQueriesContext(connection) as queries:
        found = check(ada, *addresses)

    assert found.counts[Verdict.MEMBER] == found.counts[Verdict.READY] == 500
    assert found.sight is Sight.EVERYBODY
    assert standin.count("GET", "/users") - standin.count("GET", "/roles") <= 11
    assert len(standin.requests) <= 20
    assert len(queries) <= 35

    standin.requests.clear()
    check(ada, "one.more@crowd.example")
    assert standin.requests == []  # a corrected list is checked with what was read within the minute


def test_a_list_with_too_many_tasks_asks_for_the_first_ones_only(ada, standin, monkeypatch):
    monkeypatch.setattr("invites.batches.task_finder.MAX_TASKS", 2)
    found = check(ada, *(guest(n, task=f"WEB-{n}") for n in range(11, 15)), guest(9, task="WEB-11"), task="")

    assert verdicts(found) == ["ready", "ready", "denied", "denied", "ready"]
    assert standin.count("GET", "/tasks/key/") == 2
    assert "different tasks" in texts(found.lines[2])["task"][0]


def test_members_are_found_with_the_api_key_and_their_other_addresses(paula, standin, settings):
    settings.AWORK_API_KEY = API_KEY

    assert verdicts(check(paula, "PAUL@nordlicht.example", "new@agency.example")) == ["member", "ready"]


def test_where_nobody_can_be_listed_only_people_known_here_are_asked_for(ada, paula, standin):
    roles.workspace_roles(ada)
    standin.requests.clear()
    found = check(paula, "paul@nordlicht.example", "paula@nordlicht.example")

    assert (verdicts(found), found.sight, found.pending) == (["ready", "member"], Sight.ONESELF, None)
    assert standin.count("GET", "/users") == 1


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"kind": "status", "status": 500}, "couldn't reach"),
        ({"kind": "rate_limited", "reset": 60}, "rate limit"),
    ],
)
@pytest.mark.parametrize("path", ["/roles", "/tasks/key", "/projects/", "/users"])
def test_where_awork_cannot_be_asked_no_line_is_ready(ada, standin, path, fault, says):
    standin.fault("GET", path, times=None, **fault)
    found = check(ada, "carla@agency.example", "carla@")

    assert verdicts(found) == ["unknown", "malformed"]
    assert says in str(found.error.text)
    assert "Nothing was sent" not in str(found.error.text)
    assert found.invitations == []


def test_an_error_before_sending_says_that_nothing_was_sent(ada, standin):
    standin.fault("GET", "/users", "status", status=500, times=None)

    assert "Nothing was sent" in str(check(ada, guest(1), is_submitted=True).error.text)


@pytest.mark.parametrize("who", ["ada", "paula"])  # Paula can't list roles, so nothing is read for her now
def test_an_ended_sign_in_is_not_swallowed(ada, standin, sign_in, client, who):
    roles.workspace_roles(ada)
    sign_in(client, who)
    user = person(standin, who)
    assert not check(user, guest(1)).error
    AworkToken.objects.filter(user=user).delete()

    with pytest.raises(SignInExpired):
        check(person(standin, who), guest(1), is_submitted=True)


def test_before_sending_roles_are_read_now(ada, standin):
    check(ada, guest(1, role="Team lead"))
    standin.world.roles[standin.world.role("lead").id] = replace(standin.world.role("lead"), is_archived=True)

    assert verdicts(check(ada, guest(1, role="Team lead"))) == ["ready"]
    assert verdicts(check(ada, guest(1, role="Team lead"), is_submitted=True)) == ["denied"]


def test_what_roles_permit_is_read_for_all_roles_of_a_list(ada, standin):
    """Else a user who isn't an administrator could not assign them, as unread roles count as managing."""
    ada.role = "manager"
    for number in range(20):
        role = replace(standin.world.role("lead"), id=UUID(int=2**127 + number), name=f"Freelancer {number}")
        standin.world.roles[role.id] = role
    lines = [
        guest(1, role="Freelancer 18"),
        guest(2, role="Freelancer 19"),
        guest(3, role="Office manager"),
    ]

    assert verdicts(check(ada, *lines)) == ["ready", "ready", "denied"]


def test_a_list_counts_its_new_addresses_each_hour(ada, monkeypatch):
    monkeypatch.setattr(rate_limits, "LISTED_ADDRESSES", replace(rate_limits.LISTED_ADDRESSES, per_user=4))
    with time_machine.travel(timezone.now().replace(minute=5), tick=False) as clock:
        for _ in range(3):
            assert not check(ada, guest(1), guest(2), guest(3)).error
        found = check(ada, guest(4), guest(5))
        assert "Retry in 55 minutes" in str(found.error.next_step)
        assert not check(ada, guest(1), guest(5)).error

        clock.shift(timedelta(hours=1))
        assert not check(ada, guest(4), guest(6)).error


def test_lists_do_not_use_up_the_limit_of_single_addresses(ada, paula, monkeypatch):
    roles.workspace_roles(ada)
    monkeypatch.setattr(rate_limits, "ADDRESS_LOOKUP", replace(rate_limits.ADDRESS_LOOKUP, per_user=1))

    found = check(paula, "ada@nordlicht.example", "paula@nordlicht.example", "new@agency.example")
    assert verdicts(found) == ["member", "member", "ready"]


def test_the_checks_themselves_are_limited(ada, monkeypatch):
    monkeypatch.setattr(rate_limits, "LIST_CHECK", replace(rate_limits.LIST_CHECK, per_user=1))

    assert not check(ada, guest(1)).error
    assert check(ada, guest(1)).error


def test_a_policy_without_roles_lets_nobody_be_invited(ada):
    policy(ada, roles=())

    found = check(ada, guest(1))
    assert verdicts(found) == ["denied"]
    assert "does not let you assign a role" in texts(found.lines[0])["role"][0]


def test_invitations_name_the_version_of_the_policy(ada, standin):
    role = standin.world.role("guest")
    policy(ada, roles=(NamedRef(role.id, role.name),))

    found = check(ada, guest(1))
    assert (found.policy.number, found.invitations[0].policy_version) == (1, 1)


FIELD = st.text(st.sampled_from(string.ascii_letters + " @.<>,;'\"\x00é\u200b-"), max_size=12)
ADDRESS = st.sampled_from(
    ["carla@agency.example", "Carla <CARLA@agency.example>", "paul@nordlicht.example", ""]
)
LINES = st.lists(
    st.builds(
        Line,
        number=st.integers(1, 9),
        email=ADDRESS | FIELD,
        first_name=FIELD,
        gender=st.sampled_from(["", "male", "no"]),
        task=st.sampled_from(["", "WEB-12", "POD-2", "KEY-1", "nothing"]),
        role=st.sampled_from(["", "Team lead", "Agent"]),
        problem=st.sampled_from(["", "", "Unreadable"]),
    ),
    max_size=8,
)


def test_denials_are_recorded_when_somebody_tries_to_send(ada):
    policy(ada, denied_domains=("rival.example",))
    lines = [
        "paul@nordlicht.example",
        "carla@",
        *(f"guest{n}@rival.example" for n in range(30)),
        "new@agency.example",
    ]
    found = check(ada, *lines)
    assert not refusals()

    with CaptureQueriesContext(connection) as queries:
        record_denied(found, by=actor(ada))
    rules = Counter(event.details["rule"] for event in refusals())
    assert rules == {"member": 1, "domain": RECORDED}
    assert {event.details["policy"] for event in refusals()} == {1}
    assert RefusalCounter.objects.get(rule="domain").omitted == 30 - RECORDED
    assert len([one for one in queries if "refusalcounter" in one["sql"]]) == 6
    assert Person.objects.filter(email__endswith="rival.example", kind="guest").count() == RECORDED


def refusals():
    return list(Event.objects.filter(type="attempt-refused"))


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(lines=LINES, task=st.sampled_from(["WEB-12", ""]))
def test_every_line_is_in_the_result_once_and_in_order(ada, lines, task):
    found = check(ada, *lines, task=task)

    assert [one.line for one in found.lines] == lines
    assert sum(found.counts.values()) == len(lines)
    for one in found.lines:
        assert bool(one.messages) is not one.is_ready
    for one in found.invitations:
        assert one.task_id and one.role_id and one.email and one.email_key
    assert Invitation.objects.count() == 0
