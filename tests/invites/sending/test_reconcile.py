from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from invites.audit.models import Event
from invites.models import AssigneesState, Guest, Invitation, State, Step
from invites.sending import locks, schedule
from invites.sending import send as sending
from invites.sending.create import create
from invites.sending.reconcile import reconcile, reconcile_due
from portal.actor import for_system
from portal.awork import tokens
from portal.awork.tokens import client_for
from portal.standin.environment import API_KEY
from tests.invites.conftest import actor, die_before, later, person, types
from tests.threads import at_once

pytestmark = pytest.mark.django_db
INVITE = ("POST", "/tasks/assignuserbyemail")
CARLA = "carla@creative.example"
INTERVALS = [
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=4),
    timedelta(minutes=10),
    timedelta(hours=1),
    *[timedelta(days=1)] * 7,
]


@pytest.fixture
def api_key(settings):
    settings.AWORK_API_KEY = API_KEY


@pytest.fixture
def unclear(standin, send, new_invitation):
    """An invitation of Carla whose answer was lost, with or without effect."""

    def make(*, effect, **fields):
        standin.fault(*INVITE, kind="cut_after" if effect else "cut_before")
        invitation = send(new_invitation(**fields))
        assert invitation.state == State.UNCLEAR
        standin.requests.clear()
        return invitation

    return make


def forget_guest(invitation):
    """As if the task had not shown who is new when the invitation was sent."""
    Invitation.objects.filter(pk=invitation.pk).update(guest_id=None)
    invitation.refresh_from_db()


def look(invitation, **fields):
    looked = reconcile(invitation, by=for_system(invitation.workspace_id), **fields)
    invitation.refresh_from_db()
    return looked


def settled():
    return Event.objects.get(type="invitation-settled")


def test_a_lost_answer_with_effect_is_settled_as_sent_with_the_inviters_access(standin, unclear):
    invitation = unclear(effect=True)
    look(invitation)

    assert (invitation.state, invitation.reason) == (State.SENT, "")
    assert invitation.guest_id == standin.world.person(CARLA).id
    assert (settled().outcome, settled().details) == ("sent", {"evidence": "assignee", "access": "inviter"})
    assert settled().actor_name == "Invitation desk"
    assert standin.count(*INVITE) == 0


def test_the_end_date_of_an_invitation_settled_as_sent_becomes_the_guests(unclear):
    invitation = unclear(effect=True)
    Invitation.objects.update(ends_on=date(2099, 12, 31))
    look(Invitation.objects.get(pk=invitation.pk))

    assert settled().details["ends_on"] == "2099-12-31"
    assert Guest.objects.get().ends_on == date(2099, 12, 31)


def test_the_api_key_is_tried_first(standin, unclear, api_key):
    invitation = unclear(effect=True)
    forget_guest(invitation)
    look(invitation)

    assert settled().details["access"] == "API key"
    assert invitation.guest_id == standin.world.person(CARLA).id
    assert {one.caller for one in standin.requests} == {"api-key"}


@pytest.mark.parametrize("key", ["", API_KEY])
@pytest.mark.parametrize("stored", ["berta@bücher.example", "Berta@xn--bcher-kva.example"])
def test_a_guest_whose_address_awork_spells_differently_is_found(standin, unclear, settings, stored, key):
    settings.AWORK_API_KEY = key
    invitation = unclear(effect=True, email="Berta@bücher.example")
    guest = standin.world.person("berta@xn--bcher-kva.example")
    standin.world.people[guest.id] = replace(guest, email=stored)
    look(invitation)

    assert (invitation.state, invitation.guest_id) == (State.SENT, guest.id)
    assert settled().details == {"evidence": "assignee", "access": "API key" if key else "inviter"}


def test_a_user_who_writes_the_domain_readably_is_found_off_the_task(standin, unclear, api_key):
    invitation = unclear(effect=False, email="Berta@bücher.example")
    task, role = standin.world.task("WEB-14"), standin.world.role("guest")
    ada, ascii = standin.world.person("ada"), "berta@xn--bcher-kva.example"
    guest = standin.world.assign_by_email(ada, task.id, ascii, role.id, {})
    standin.world.change(guest, email="BERTA@bücher.example")
    later(invitation, minutes=6)
    look(invitation)

    assert (invitation.state, invitation.reason) == (State.UNCLEAR, "known-elsewhere")


def test_a_refused_search_for_the_readable_domain_proves_nothing_else(standin, unclear, api_key):
    invitation = unclear(effect=False, email="Berta@bücher.example")
    later(invitation, minutes=6)
    standin.fault("GET", "/users", "status", status=400, skip=1)
    look(invitation)

    assert (invitation.state, invitation.reason) == (State.NOT_SENT, "unknown-address")


def test_an_api_key_of_another_workspace_is_not_used(standin, unclear, api_key, monkeypatch):
    monkeypatch.setattr(
        tokens.Client, "me", lambda self: type("Me", (), {"workspace": type("W", (), {"id": uuid4()})})
    )
    look(unclear(effect=True))

    assert settled().details["access"] == "inviter"


def test_the_readers_access_comes_last(standin, unclear, sign_in, client, paula):
    invitation = unclear(effect=True)
    forget_guest(invitation)
    sign_in(client, "ada")
    tokens.delete(paula)
    look(invitation)
    assert (invitation.state, invitation.reason) == (State.UNCLEAR, "no-access")

    look(invitation, reader=person(standin, "ada"))
    assert (invitation.state, settled().details["access"]) == (State.SENT, "reader")
    assert invitation.guest_id == standin.world.person(CARLA).id


def test_without_access_to_all_users_it_is_never_settled_as_not_sent(unclear):
    invitation = unclear(effect=False)
    later(invitation, days=1)
    look(invitation)

    assert (invitation.state, invitation.reason) == (State.UNCLEAR, "cannot-see")
    assert "invitation-settled" not in types()
    assert types()[-1] == "invitation-checked"


@pytest.mark.parametrize(
    ("narrows", "found"),
    [(False, (State.NOT_SENT, "unknown-address")), (True, (State.UNCLEAR, "cannot-see"))],
)
def test_only_who_sees_everybody_settles_it_as_not_sent(
    standin, unclear, sign_in, client, paula, narrows, found
):
    invitation = unclear(effect=False)
    standin.world.narrows_to_teams = narrows
    sign_in(client, "mona")
    later(invitation, minutes=6)
    look(invitation, reader=person(standin, "mona"))

    assert (invitation.state, invitation.reason) == found


def test_an_archived_guest_is_no_unknown_address(standin, unclear, api_key):
    invitation = unclear(effect=True)
    forget_guest(invitation)
    task, guest = standin.world.task("WEB-12"), standin.world.person(CARLA)
    rest = tuple(one for one in task.assignees if one.user_id != guest.id)
    standin.world.assign(standin.world.person("ada"), task, rest)
    standin.world.activities.clear()
    standin.world.change(guest, is_archived=True)
    later(invitation, minutes=6)
    look(invitation)

    assert (invitation.state, invitation.reason) == (State.UNCLEAR, "known-elsewhere")


def test_of_two_users_with_the_address_the_one_on_the_task_counts(standin, unclear, api_key):
    invitation = unclear(effect=True)
    forget_guest(invitation)
    standin.world.change(standin.world.person("bruno"), email=CARLA)  # says so, and comes first
    guest = next(
        one.user_id
        for one in standin.world.task("WEB-12").assignees
        if one.user_id not in {standin.world.person(name).id for name in ("ada", "paul")}
    )
    look(invitation)

    assert (invitation.state, invitation.guest_id) == (State.SENT, guest)


def test_an_unknown_address_is_settled_as_not_sent_after_some_time(unclear, api_key):
    invitation = unclear(effect=False)
    look(invitation)
    assert (invitation.state, invitation.reason) == (State.UNCLEAR, "too-early")

    later(invitation, minutes=6)
    look(invitation)
    assert (invitation.state, invitation.reason) == (State.NOT_SENT, "unknown-address")
    assert settled().details["evidence"] == "unknown address"
    assert invitation.guest_id is None


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 400, "body": {"code": "invalid-filter-or-order"}},
        {"kind": "status", "status": 403},
        {"kind": "empty"},
        {"kind": "wrong_shape", "body": None},
        {"kind": "wrong_shape", "body": {}},
    ],
)
def test_a_user_list_that_could_not_be_read_proves_nothing(standin, unclear, api_key, fault):
    invitation = unclear(effect=False)
    later(invitation, minutes=6)
    standin.fault("GET", "/users", times=None, **fault)
    look(invitation)

    assert invitation.state == State.UNCLEAR
    assert "invitation-settled" not in types()


def test_another_new_assignee_is_no_evidence(standin, unclear):
    invitation = unclear(effect=False)
    task, zoe = standin.world.task("WEB-12"), standin.world.person("zoe")
    team = (*task.assignees, type(task.assignees[0])(zoe.id))
    standin.world.assign(standin.world.person("ada"), task, team)
    later(invitation, days=1)
    look(invitation)

    assert (invitation.state, invitation.reason) == (State.UNCLEAR, "somebody-new")


def test_a_guest_who_was_unassigned_is_found_in_the_history(standin, unclear, api_key):
    invitation = unclear(effect=True)
    forget_guest(invitation)
    task = standin.world.task("WEB-12")
    guest = standin.world.person(CARLA).id
    rest = tuple(one for one in task.assignees if one.user_id != guest)
    standin.world.assign(standin.world.person("ada"), task, rest)
    look(invitation)

    assert (invitation.state, settled().details["evidence"]) == (State.SENT, "history")
    assert invitation.guest_id == guest


@pytest.fixture
def carla_elsewhere(standin):
    """Carla is a user in awork, but not assigned to the task."""
    task, role = standin.world.task("WEB-14"), standin.world.role("guest")
    return standin.world.assign_by_email(standin.world.person("ada"), task.id, CARLA, role.id, {})


def test_the_history_of_somebody_else_is_no_evidence(standin, unclear, api_key, carla_elsewhere):
    invitation = unclear(effect=False)
    task, ada = standin.world.task("WEB-12"), standin.world.person("ada")
    zoe = type(task.assignees[0])(standin.world.person("zoe").id)
    standin.world.assign(ada, task, (*task.assignees, zoe))
    standin.world.assign(ada, standin.world.task("WEB-12"), task.assignees)
    look(invitation)

    assert (invitation.state, invitation.reason) == (State.UNCLEAR, "known-elsewhere")


@pytest.mark.parametrize(
    ("at", "state"),
    [
        ("2 minutes ago", State.UNCLEAR),
        ("now", State.SENT),
        ("in 2 minutes", State.UNCLEAR),
        ("9999-12-31T23:59:59-14:00", State.UNCLEAR),
        ("0001-01-01T00:00:00+14:00", State.UNCLEAR),
        ("9999-12-31T23:59:59", State.UNCLEAR),
        ("0001-01-01T00:00:00", State.UNCLEAR),
        ("", State.UNCLEAR),
        ("soon", State.UNCLEAR),
    ],
)
def test_history_is_evidence_from_the_attempt_until_now(
    standin, unclear, api_key, carla_elsewhere, at, state
):
    invitation = unclear(effect=False)
    minutes = {"2 minutes ago": -2, "now": 0, "in 2 minutes": 2}.get(at)
    if minutes is not None:
        at = (timezone.now() + timedelta(minutes=minutes)).isoformat()
    entry = {"createdOn": at, "assignedUserId": str(carla_elsewhere.id)}
    standin.fault("GET", "/activities", "status", status=200, body=[entry])
    look(invitation)

    assert invitation.state == state


def test_a_user_who_is_not_on_the_task_leaves_it_unclear(standin, unclear, api_key):
    invitation = unclear(effect=False)
    task, role = standin.world.task("WEB-14"), standin.world.role("guest")
    standin.world.assign_by_email(standin.world.person("ada"), task.id, CARLA, role.id, {})
    later(invitation, days=1)
    look(invitation)

    assert (invitation.state, invitation.reason) == (State.UNCLEAR, "known-elsewhere")


def test_without_an_answer_nothing_is_settled(standin, unclear, api_key):
    invitation = unclear(effect=True)
    standin.fault("GET", "/tasks/", "status", None, status=500)
    look(invitation)

    assert (invitation.state, invitation.reason) == (State.UNCLEAR, "no-answer")


def test_a_late_effect_is_noticed_and_assignees_are_restored(standin, unclear):
    invitation = unclear(effect=False)
    assert invitation.assignees_state == AssigneesState.KEPT
    task, role = standin.world.task("WEB-12"), standin.world.role("guest")
    standin.world.assign_by_email(standin.world.person("paula"), task.id, CARLA, role.id, {})
    look(invitation)

    assert (invitation.state, invitation.assignees_state) == (State.SENT, AssigneesState.RESTORED)
    assert set(standin.world.assigned("WEB-12")) == {CARLA, "ada@nordlicht.example", "paul@nordlicht.example"}


def test_a_late_effect_does_not_unassign_guests_invited_since(standin, unclear, send, new_invitation):
    invitation = unclear(effect=False)
    send(new_invitation(email="dirk@druck.example", first_name="Dirk", last_name="Druck"))
    task, role = standin.world.task("WEB-12"), standin.world.role("guest")
    standin.world.assign_by_email(standin.world.person("paula"), task.id, CARLA, role.id, {})
    assert standin.world.assigned("WEB-12") == [CARLA]
    look(invitation)

    assert (invitation.state, invitation.assignees_state) == (State.SENT, AssigneesState.RESTORED)
    assert {CARLA, "dirk@druck.example", "ada@nordlicht.example"} < set(standin.world.assigned("WEB-12"))


def test_a_late_effect_does_not_unassign_guests_who_waited_for_the_task_lock(
    standin, unclear, send, new_invitation, paula
):
    waiting = new_invitation(email="dirk@druck.example", first_name="Dirk", last_name="Druck")
    waiting, _ = create(waiting, by=actor(paula))
    invitation = unclear(effect=False)
    sending.send(waiting, client_for(paula), by=actor(paula))
    task, role = standin.world.task("WEB-12"), standin.world.role("guest")
    standin.world.assign_by_email(standin.world.person("paula"), task.id, CARLA, role.id, {})
    look(invitation)

    assert (invitation.state, invitation.assignees_state) == (State.SENT, AssigneesState.RESTORED)
    assert {CARLA, "dirk@druck.example", "ada@nordlicht.example"} < set(standin.world.assigned("WEB-12"))


def test_the_settle_time_starts_when_the_invitation_is_sent(standin, unclear, new_invitation, paula, api_key):
    invitation, _ = create(new_invitation(), by=actor(paula))
    Invitation.objects.update(attempted_at=timezone.now() - timedelta(minutes=6))
    invitation.refresh_from_db()
    standin.fault(*INVITE, kind="cut_before")
    sending.send(invitation, client_for(paula), by=actor(paula))
    look(invitation)

    assert (invitation.state, invitation.reason) == (State.UNCLEAR, "too-early")


class TestAfterACrash:
    @pytest.fixture
    def written(self, new_invitation, paula):
        invitation, _ = create(new_invitation(), by=actor(paula))
        return invitation

    def test_an_invitation_that_is_being_sent_is_skipped(self, written, standin):
        assert not look(written)
        assert written.state == State.REQUESTED
        assert not schedule.due().exists()

    def test_after_a_crash_before_reading_nothing_was_sent(self, written, standin):
        die_before(standin, written, Step.READING)
        standin.requests.clear()
        look(written)

        assert (written.state, written.reason, written.assignees_state) == (
            State.NOT_SENT,
            "interrupted",
            AssigneesState.UNTOUCHED,
        )
        assert settled().details["evidence"] == "not asked"
        assert standin.requests == []

    def test_after_a_crash_while_inviting_without_effect_it_is_unclear(self, written, standin):
        die_before(standin, written, Step.INVITING)
        look(written)

        assert (written.state, written.assignees_state) == (State.UNCLEAR, AssigneesState.KEPT)
        assert types() == ["invitation-requested", "invitation-unclear", "team-kept"]

    @pytest.mark.parametrize(
        "fault", [{"kind": "status", "status": 500}, {"kind": "cut_before"}, {"kind": "garbage"}]
    )
    def test_after_a_crash_with_awork_away_it_is_unclear_for_a_reason(self, written, standin, fault):
        die_before(standin, written, Step.INVITING)
        standin.fault("GET", "/tasks/", times=None, **fault)
        look(written)

        assert (written.state, written.reason) == (State.UNCLEAR, "no-answer")
        assert Event.objects.get(type="invitation-unclear").details["reason"] == "no-answer"

    def test_after_a_crash_while_inviting_with_effect_assignees_are_restored(self, written, standin):
        die_before(standin, written, Step.INVITING)
        task, role = standin.world.task("WEB-12"), standin.world.role("guest")
        standin.world.assign_by_email(standin.world.person("paula"), task.id, CARLA, role.id, {})
        look(written)

        assert (written.state, written.assignees_state) == (State.SENT, AssigneesState.RESTORED)
        assert types() == ["invitation-requested", "invitation-settled", "team-restored"]

    def test_a_confirmed_invitation_was_sent(self, written, standin):
        die_before(standin, written, Step.CHECKING, status=200)
        look(written)

        assert (written.state, settled().details["evidence"]) == (State.SENT, "answer")

    def test_an_invalid_answer_with_status_200_confirms_nothing(self, written, standin):
        die_before(standin, written, Step.CHECKING, status=200, reason="no-answer")
        look(written)

        assert written.state == State.UNCLEAR

    def test_efforts_that_were_still_to_be_restored_are_restored(self, written, standin):
        task, role = standin.world.task("WEB-12"), standin.world.role("guest")
        die_before(standin, written, Step.RESTORING, status=200)
        Invitation.objects.filter(pk=written.pk).update(assignees_missing=written.assignees_before)
        before = [one.user_id for one in task.assignees]
        guest = standin.world.assign_by_email(standin.world.person("paula"), task.id, CARLA, role.id, {})
        standin.world.set_assignees(standin.world.person("paula"), task.id, [*before, guest.id])
        look(written)

        efforts = {one.user_id: one.effort for one in standin.world.task("WEB-12").assignees}
        assert efforts[standin.world.person("ada").id] == 4 * 3600
        assert written.assignees_state == AssigneesState.RESTORED

    def test_a_process_that_lost_its_lease_saves_nothing(self, written, standin, paula):
        stale = Invitation.objects.get(pk=written.pk)
        die_before(standin, written, Step.READING)
        look(written)
        standin.requests.clear()
        sending.send(stale, client_for(paula), by=actor(paula))

        assert stale.state == State.NOT_SENT
        assert standin.count(*INVITE) == 0
        with pytest.raises(locks.LeaseLost):
            stale.lease_holder = uuid4()
            locks.save_leased(stale)


class TestAssignees:
    def test_assignees_are_restored_with_the_inviters_own_access(
        self, standin, send, new_invitation, api_key
    ):
        standin.fault("POST", "/setassignees", "cut_before")
        invitation = send(new_invitation())
        assert invitation.assignees_state == AssigneesState.NOT_RESTORED
        standin.requests.clear()
        look(invitation)

        assert invitation.assignees_state == AssigneesState.RESTORED
        changes = [one for one in standin.requests if one.method == "POST"]
        assert {one.caller for one in changes} == {"paula"}

    def test_the_api_key_never_changes_anything(self, standin, send, new_invitation, api_key, paula):
        standin.fault("POST", "/setassignees", "cut_before")
        invitation = send(new_invitation())
        tokens.delete(paula)
        standin.requests.clear()
        look(invitation)

        assert invitation.assignees_state == AssigneesState.NOT_RESTORED
        assert standin.count("POST") == 0

    def test_a_process_that_took_over_during_a_repair_keeps_the_lease(
        self, standin, send, new_invitation, paula, monkeypatch
    ):
        standin.fault("POST", "/setassignees", "cut_before")
        invitation, other = send(new_invitation()), uuid4()

        def taken_over(user):
            until = timezone.now() + timedelta(minutes=5)
            Invitation.objects.filter(pk=invitation.pk).update(lease_holder=other, lease_expires_at=until)
            return client_for(user)

        monkeypatch.setattr("invites.sending.reconcile.client_for", taken_over)
        look(invitation)

        assert invitation.lease_holder == other
        assert invitation.is_leased


class TestSchedule:
    def test_intervals_grow(self, unclear):
        invitation = unclear(effect=False)
        assert close(invitation.next_check_at, INTERVALS[0])
        for wait in INTERVALS[1:]:
            later(invitation, days=1)
            look(invitation)
            assert close(invitation.next_check_at, wait)
        for _ in range(2):  # when the last wait is over, and by hand ever after
            later(invitation, days=1)
            look(invitation)
        assert invitation.next_check_at is None
        assert invitation.check_count == len(INTERVALS)

    def test_manual_checks_are_not_counted(self, unclear):
        invitation = unclear(effect=False)
        planned = invitation.next_check_at
        for _ in range(len(schedule.CHECK_INTERVALS) + 1):
            assert look(invitation)
        assert (invitation.check_count, invitation.next_check_at) == (0, planned)

        later(invitation, seconds=11)
        look(invitation)
        assert (invitation.check_count, close(invitation.next_check_at, schedule.CHECK_INTERVALS[1])) == (
            1,
            True,
        )

    def test_a_manual_check_that_settles_it_ends_the_schedule(self, unclear):
        invitation = unclear(effect=True)
        look(invitation)
        assert (invitation.state, invitation.next_check_at) == (State.SENT, None)

    def test_intervals_grow_for_assignees_as_well(self, standin, send, new_invitation):
        standin.fault("POST", "/setassignees", "cut_before", None)
        invitation = send(new_invitation())
        for wait in schedule.CHECK_INTERVALS[1:3]:
            later(invitation, hours=1)
            look(invitation)
            assert (invitation.assignees_state, close(invitation.next_check_at, wait)) == (
                AssigneesState.NOT_RESTORED,
                True,
            )

    def test_it_is_due_after_the_interval(self, unclear):
        invitation = unclear(effect=False)
        assert not schedule.due().exists()
        later(invitation, seconds=11)
        assert schedule.due().get() == invitation
        assert invitation.is_due

    def test_settled_invitations_are_skipped(self, standin, send, new_invitation):
        invitation = send(new_invitation())
        standin.requests.clear()
        assert not look(invitation)
        assert standin.requests == []


def close(at, wait):
    return abs(at - timezone.now() - wait) < timedelta(seconds=5)


@pytest.mark.django_db(transaction=True)
def test_simultaneous_checks_settle_it_once(standin, unclear):
    invitation = unclear(effect=True)
    rows = [Invitation.objects.get(pk=invitation.pk) for _ in range(8)]
    looked = at_once(8, lambda number: reconcile(rows[number], by=for_system(invitation.workspace_id)))

    assert sum(looked) >= 1
    assert types().count("invitation-settled") == 1
    assert Invitation.objects.get().state == State.SENT


class TestWhatIsDue:
    @pytest.fixture
    def two(self, standin, send, new_invitation):
        standin.fault(*INVITE, kind="cut_after", times=2)
        both = [send(new_invitation()), send(new_invitation("WEB-13"))]
        for invitation in both:
            later(invitation, seconds=11)
        return both

    def states(self, invitations):
        return [Invitation.objects.get(pk=one.pk).state for one in invitations]

    def test_each_is_checked(self, two):
        assert reconcile_due(lambda: True) == 2
        assert self.states(two) == [State.SENT, State.SENT]

    def test_one_that_another_worker_has_checked_meanwhile_is_skipped(self, two):
        def go_on():
            Invitation.objects.filter(pk=two[1].pk).update(
                next_check_at=timezone.now() + timedelta(minutes=1)
            )
            return True

        assert reconcile_due(go_on) == 1
        assert self.states(two) == [State.SENT, State.UNCLEAR]

    def test_the_others_are_left_once_the_worker_is_stopped(self, two):
        answers = iter([True, False])
        assert reconcile_due(lambda: next(answers)) == 1
        assert self.states(two) == [State.SENT, State.UNCLEAR]

    def test_one_that_fails_keeps_no_other_waiting(self, two):
        Invitation.objects.filter(pk=two[0].pk).update(assignees_before=[{"id": "no UUID"}])
        with pytest.raises((KeyError, ValueError)):
            reconcile_due(lambda: True)
        assert self.states(two) == [State.UNCLEAR, State.SENT]
