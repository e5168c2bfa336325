"""People and new invitations for the desk's tests; awork is the stand-in over real HTTP."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from invites.audit.models import Event
from invites.batches.create import create_batch
from invites.models import Batch
from invites.sending import send as sending
from invites.sending.create import create
from portal.actor import Actor
from portal.awork.tokens import client_for
from portal.models import User
from tests.invites import factories


def actor(user):
    return Actor(
        workspace=user.workspace_id,
        id=user.awork_id,
        name=user.name,
        email=user.email,
        ip_address="192.0.2.7",
        user_agent="tests",
    )


def person(standin, handle):
    return User.objects.get(awork_id=standin.world.person(handle).id)


@pytest.fixture
def paula(standin, sign_in, client):
    """A project manager who may not list roles, signed in with `client`."""
    sign_in(client, "paula")
    return person(standin, "paula")


@pytest.fixture
def ada(standin, sign_in, client):
    """An administrator, signed in with `client`."""
    sign_in(client, "ada")
    return person(standin, "ada")


@pytest.fixture
def new_invitation(standin, paula):
    """Makes unsaved invitations; by default of Carla as a guest to WEB-12, which Ada and Paul have."""
    awork = client_for(paula)

    def make(key="WEB-12", **fields):
        role = fields.pop("role", standin.world.role("guest"))
        said = {"first_name": "Carla", "last_name": "Creative"}
        return factories.new_invitation(paula, awork.task_by_key(key), role, **(said | fields))

    return make


@pytest.fixture
def send(paula, standin):
    """Saves an invitation and sends it, as the page does."""

    def go(unsaved):
        invitation, is_new = create(unsaved, by=actor(paula))
        standin.requests.clear()
        if is_new:
            sending.send(invitation, client_for(paula), by=actor(paula))
        invitation.refresh_from_db()
        return invitation

    return go


def types():
    """The types of all events about invitations, in order."""
    return list(Event.objects.exclude(type="signed-in").order_by("sequence").values_list("type", flat=True))


def die_before(standin, invitation, step, **fields):
    """What the row looks like when the sending process was killed at this step and its lease ran out."""
    from invites.models import Invitation, State

    team = [
        {
            "id": str(one.user_id),
            "first_name": standin.world.people[one.user_id].first_name,
            "last_name": standin.world.people[one.user_id].last_name,
            "planned_effort": one.effort or 0,
            "distributed": one.effort is None,
        }
        for one in standin.world.task(invitation.task_key).assignees
    ]
    past = timezone.now() - timedelta(seconds=1)
    Invitation.objects.filter(pk=invitation.pk).update(
        state=State.REQUESTED,
        step=step,
        lease_expires_at=past,
        assignees_before=[] if step == "reading" else team,
        **fields,
    )
    invitation.refresh_from_db()


def later(invitation, **passed):
    """Let time pass for this invitation."""
    from invites.models import Invitation

    ago = timedelta(**passed)
    fields = {
        name: getattr(invitation, name) for name in ("attempted_at", "lease_expires_at", "next_check_at")
    }
    moved = {name: at - ago for name, at in fields.items() if at}
    Invitation.objects.filter(pk=invitation.pk).update(**moved)
    invitation.refresh_from_db()


@pytest.fixture
def start_batch(standin, paula):
    """Starts a batch of Paula's: `start_batch(("WEB-12", "a@x.example"), …)`."""
    awork = client_for(paula)
    cache = {}

    def start(*lines, inviter=None, **fields):
        role = standin.world.role("guest")
        inviter = inviter or paula
        for key, _ in lines:
            cache[key] = cache.get(key) or awork.task_by_key(key)
        invitations = [
            factories.new_invitation(
                inviter, cache[key], role, email=email, first_name=email.partition("@")[0]
            )
            for key, email in lines
        ]
        batch = Batch(form_key=uuid4(), workspace=inviter.workspace, inviter=inviter, **fields)
        batch, _ = create_batch(batch, invitations, by=actor(inviter))
        standin.requests.clear()
        return batch

    return start
