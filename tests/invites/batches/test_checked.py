"""What a list comes to: counts, licences, tasks and the fingerprint."""

from dataclasses import replace

import pytest
from django.core.cache import cache

from invites.batches.checked import Check, CheckedLine, Verdict
from invites.lookup.awork import Sight
from invites.models import Invitation
from portal.email_addresses import key_of
from portal.standin.environment import API_KEY
from tests.invites.batches.conftest import check, guest

CARLA = "carla@agency.example"


def test_every_verdict_is_counted():
    found = Check([CheckedLine(guest(1)), CheckedLine(guest(2), Verdict.READY)])

    assert {**found.counts} == dict.fromkeys(Verdict, 0) | {Verdict.READY: 1, Verdict.UNKNOWN: 1}


@pytest.mark.django_db
def test_a_guest_takes_a_third_of_a_licence_and_one_on_several_tasks_no_more(ada):
    lines = [
        guest(1, CARLA),
        guest(2, CARLA, task="WEB-13"),
        guest(3),
        guest(4, role="Team lead"),
        guest(5, "paul@nordlicht.example", role="Team lead"),
    ]
    found = check(ada, *lines)

    assert (found.licences.guests, found.licences.others, str(found.licences)) == (2, 1, "1⅔")


@pytest.mark.django_db
def test_whoever_is_invited_as_more_than_a_guest_takes_a_whole_licence(ada):
    roles = ["Guest", "Team lead", "Guest"]
    keys = ["WEB-12", "WEB-13", "WEB-14"]
    lines = [
        guest(n, CARLA, task=key, role=role) for n, (key, role) in enumerate(zip(keys, roles, strict=True))
    ]

    assert str(check(ada, *lines).licences) == "1"


@pytest.mark.django_db
def test_pending_people_are_counted_as_far_as_they_are_seen(ada, standin, crowd):
    crowd(4, invitation_accepted=False, role="guest")
    standin.world.change(standin.world.person("paul"), invitation_accepted=False)
    standin.world.change(standin.world.person("zoe"), invitation_accepted=False, is_deactivated=True)
    found = check(ada, CARLA)

    assert (str(found.pending), found.sight) == ("2⅓", Sight.EVERYBODY)


@pytest.mark.django_db
def test_the_pending_whose_role_is_hidden_count_as_a_whole_licence(ada, standin, crowd):
    crowd(2, invitation_accepted=False, role="guest")
    standin.fault("GET", f"/roles/{standin.world.role('guest').id}/users", "status", status=404, times=None)

    assert str(check(ada, CARLA).pending) == "2"


@pytest.mark.django_db
def test_the_pending_are_seen_with_the_api_key(ada, paula, crowd, settings):
    settings.AWORK_API_KEY = API_KEY
    crowd(1, invitation_accepted=False, role="guest")

    assert str(check(paula, CARLA).pending) == "⅓"


@pytest.mark.django_db
def test_each_task_says_who_stays(ada, standin):
    standin.world.change_project("CAF", allows_several=None)
    lines = [
        guest(1, task="POD-1"),
        guest(2),
        guest(3),
        guest(4, task="CAF-8"),
        guest(5, task="WEB-99999"),
    ]
    found = check(ada, *lines)

    assert [(one.task.key, one.guests, one.preview.assignees_stay) for one in found.tasks] == [
        ("POD-1", 1, False),
        ("WEB-12", 2, True),
        ("CAF-8", 1, None),
    ]
    assert found.tasks[1].preview.assignee_names == "Ada and Paul"
    assert [str(one.note) for one in found.tasks] == ["", "", ""]


@pytest.mark.django_db
def test_where_it_is_unknown_whether_several_guests_stay_the_task_says_so(ada, standin):
    standin.world.change_project("WEB", allows_several=None)

    (task,) = check(ada, guest(1), guest(2)).tasks
    assert "only one of these guests stays" in str(task.note)


@pytest.mark.django_db
def test_the_fingerprint_is_that_of_the_invitations(ada, standin):
    lines = [guest(1, CARLA), guest(2)]
    first = check(ada, *lines).fingerprint

    assert check(ada, guest(7), guest(2), guest(3, CARLA)).fingerprint != first
    assert check(ada, guest(9, "guest2@agency.example"), guest(1, CARLA), "carla@").fingerprint == first
    assert check(ada, *lines, "paul@nordlicht.example").fingerprint == first
    changes = [{"first_name": "Carla"}, {"gender": "other"}, {"task": "WEB-13"}, {"role": "Team lead"}]
    others = {check(ada, replace(lines[0], **change), lines[1]).fingerprint for change in changes}
    assert len(others | {first}) == 5
    assert check(ada, lines[0]).fingerprint != first


@pytest.mark.django_db
def test_the_fingerprint_changes_with_what_happens_to_the_assignees(ada, standin):
    several = check(ada, CARLA).fingerprint
    standin.world.change_project("WEB", allows_several=False)
    cache.clear()
    assert check(ada, CARLA).fingerprint != several


def test_the_preview_of_a_line_is_about_its_guest():
    invitation = Invitation(email=CARLA, email_key=key_of(CARLA), first_name="Carla")

    assert CheckedLine(guest(1), invitation=invitation).preview.guest == "Carla"
    assert CheckedLine(guest(1)).preview.email == ""
