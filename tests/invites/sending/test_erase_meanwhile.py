"""A guest is erased while a service waits for awork: nothing of them is saved again afterwards.

Each test holds one call of a service after the other, on the wire, and erases the guest meanwhile.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count

import pytest
from django.core.cache import cache
from django.db import connections
from django.utils import timezone

from invites.audit import verify
from invites.audit.models import Event
from invites.lookup import roles
from invites.models import AssigneesState, Invitation, State
from invites.policy.rules import NamedRef
from invites.sending import send as sending
from invites.sending.assignees import restore_assignees
from invites.sending.create import create
from invites.sending.erase import InvitationInProgress, erase
from invites.sending.reconcile import reconcile
from invites.sending.retry import prepare_retry
from portal.actor import PORTAL_WORKSPACE
from portal.awork.tokens import client_for
from portal.models import User
from tests.invites.conftest import actor, person
from tests.invites.factories import policy
from tests.traces import everything

pytestmark = pytest.mark.django_db(transaction=True)
GUEST = {"email": "zaphod@creative.example", "first_name": "Zaphod", "last_name": "Beeblebrox"}
OTHER = {"email": "erik@druck.example", "first_name": "Erik", "last_name": "Else"}
INVITE = ("POST", "/tasks/assignuserbyemail")
TRACES = ("zaphod", "beeblebrox")
SECONDS = 20.0


class Service:
    """A service that runs in another thread, and whose call number `call` to awork is being held."""

    def __init__(self, standin, call, work):
        standin.fault("*", "/", "delay_after", skip=call, seconds=SECONDS)
        self.standin, self.fault = standin, standin.faults.pending[-1]
        self.pool = ThreadPoolExecutor(1)
        self.done = self.pool.submit(self.run, work)

    def run(self, work):
        try:
            return work()
        finally:
            connections.close_all()

    def is_held(self):
        """Wait until the call is held; False if the service ended without it."""
        while not self.fault.happened and not self.done.done():
            time.sleep(0.005)
        return bool(self.fault.happened)

    def finish(self):
        self.standin.faults.reset()
        self.pool.shutdown()
        return self.done.result()


def hold_each_call(standin, prepare, work, meanwhile):
    """Repeat a service, each time with its next call being held; what it worked on, the last time unheld."""
    restore, subjects = standin.snapshot(), []
    for call in count():
        restore()
        subject = prepare(call)
        standin.faults.reset()
        service = Service(standin, call, lambda subject=subject: work(subject))
        is_held = service.is_held()
        if is_held:
            meanwhile(subject)
        service.finish()
        subjects.append(subject)
        if not is_held:
            break
    return subjects


def numbered(call, guest):
    """Another address for each round."""
    return guest | {"email": f"{call}{guest['email']}"}


def assert_erased(by):
    found = [line for line in everything().splitlines() if any(trace in line for trace in TRACES)]
    assert found == []
    assert verify.verify(by.workspace_id, []).problem is None


@pytest.fixture
def erase_guest(paula):
    """Erases the guest of an invitation."""

    def go(invitation):
        chains = [paula.workspace_id, PORTAL_WORKSPACE]
        erase(invitation.email, workspaces=chains, by=actor(paula), reason="asked")

    return go


@pytest.fixture
def unrestored(standin, send, new_invitation):
    """Makes an invitation whose task lost its assignees."""

    def make(call, guest=GUEST):
        standin.fault("POST", "/setassignees", "cut_before")
        invitation = send(new_invitation(**numbered(call, guest)))
        assert invitation.assignees_state == AssigneesState.NOT_RESTORED
        return invitation

    return make


@pytest.fixture
def unclear(standin, send, new_invitation):
    """Makes an invitation whose answer was lost, although awork carried it out."""

    def make(call, guest=GUEST):
        standin.fault(*INVITE, "cut_after")
        standin.fault("POST", "/setassignees", "cut_before")
        invitation = send(new_invitation(**numbered(call, guest)))
        assert (invitation.state, invitation.assignees_state) == (State.UNCLEAR, AssigneesState.NOT_RESTORED)
        return invitation

    return make


def test_restoring_assignees(standin, paula, unrestored, erase_guest):
    def restore(invitation):
        restore_assignees(invitation, client_for(paula), by=actor(paula))
        invitation.refresh_from_db()
        assert invitation.assignees_state == AssigneesState.RESTORED

    invitations = hold_each_call(standin, unrestored, restore, erase_guest)
    erase_guest(invitations[-1])
    assert len(invitations) == 4
    assert_erased(paula)


def test_checking_an_unclear_invitation(standin, paula, unclear, erase_guest):
    invitations = hold_each_call(standin, unclear, lambda one: reconcile(one, by=actor(paula)), erase_guest)
    erase_guest(invitations[-1])
    assert len(invitations) > 5
    assert_erased(paula)


@pytest.mark.parametrize("broken", ["unclear", "unrestored"])
@pytest.mark.parametrize("was_assigned", [True, False])
def test_repairing_another_invitation_to_the_task(
    request,
    standin,
    paula,
    send,
    new_invitation,
    erase_guest,
    broken,
    was_assigned,
):
    """The guest was assigned to the task, or was invited to it after the invitation that is repaired."""
    make = request.getfixturevalue(broken)

    def prepare(call):
        before = send(new_invitation(**numbered(call, GUEST))) if was_assigned else None
        invitation = make(call, OTHER)
        return invitation, before or send(new_invitation(**numbered(call, GUEST)))

    def repair(pair):
        reconcile(pair[0], by=actor(paula))

    pairs = hold_each_call(standin, prepare, repair, lambda pair: erase_guest(pair[1]))
    erase_guest(pairs[-1][1])
    assert len(pairs) > 3
    assert_erased(paula)


@pytest.mark.parametrize("erased", [0, 1])
def test_sending(standin, paula, send, new_invitation, erase_guest, erased):
    """A guest can't be erased while they, or another guest of the task, are being invited."""

    def prepare(call):
        before = send(new_invitation(**numbered(call, GUEST if erased else OTHER)))
        invitation, _ = create(new_invitation(**numbered(call, OTHER if erased else GUEST)), by=actor(paula))
        return invitation, before

    def try_to_erase(pair):
        with pytest.raises(InvitationInProgress):
            erase_guest(pair[erased])

    def finish(pair):
        sending.send(pair[0], client_for(paula), by=actor(paula))

    pairs = hold_each_call(standin, prepare, finish, try_to_erase)
    for pair in pairs:
        erase_guest(pair[erased])
    assert len(pairs) == 6
    assert_erased(paula)


def test_retrying_what_the_policy_denies(standin, paula, client, sign_in, send, new_invitation, erase_guest):
    """The denial is recorded, under the pseudonym of a guest who was erased meanwhile."""
    sign_in(client, "ada")
    roles.refresh_roles(paula.workspace, client_for(person(standin, "ada")))
    sign_in(client, "paula")
    policy(paula, closed_projects=(NamedRef(standin.world.task("WEB-12").project_id, "Website"),))

    def prepare(call):
        cache.clear()
        standin.world.seats = 0
        return send(new_invitation(**numbered(call, GUEST), policy_version=1))

    def retry(invitation):
        client.post(f"/invitations/{invitation.id}/retry/")

    invitations = hold_each_call(standin, prepare, retry, erase_guest)
    erase_guest(invitations[-1])
    assert Event.objects.filter(type="attempt-refused").count() == len(invitations)
    assert_erased(paula)


def test_retrying_an_erased_guest_sends_nothing(standin, paula, send, new_invitation, erase_guest):
    standin.world.seats = 0
    refused = send(new_invitation(**GUEST))
    stale = Invitation.objects.get()
    erase_guest(refused)

    assert not prepare_retry(stale, stale.task, by=actor(paula))
    assert not reconcile(stale, by=actor(paula))
    assert Invitation.objects.get().state == State.REFUSED


def test_a_request_that_saves_its_session(standin, paula, client, send, new_invitation, erase_guest):
    """The session has a form with the guest, and awork is asked whether the user still has access."""

    def prepare(call):
        invitation, session = send(new_invitation(**numbered(call, GUEST))), client.session
        content = f"email={invitation.email}"
        session["form_recovery"] = {"path": "/invite/", "content": content, "by": paula.pk, "at": time.time()}
        session["desk"] |= {"seen": time.time() - 1000}
        session.save()
        User.objects.update(confirmed_at=timezone.now() - timedelta(days=1))
        return invitation

    def read(invitation):
        assert client.get("/invitations/").status_code == 200
        is_erased = Invitation.objects.get(pk=invitation.pk).is_erased
        assert ("form_recovery" in client.session) is not is_erased

    invitations = hold_each_call(standin, prepare, read, erase_guest)
    assert len(invitations) > 1
