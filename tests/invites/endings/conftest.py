"""A guest in the stand-in awork, and what ends their access."""

from datetime import timedelta

import pytest
from django.utils import timezone

from invites.audit.models import Event
from invites.endings.create import create
from invites.models import Ending, EndingCause
from portal.awork import tokens
from portal.awork.oauth import TokenResponse
from portal.models import User, Workspace
from tests.invites import factories
from tests.invites.conftest import actor

CARLA = "carla@creative.example"


def signed_in(standin, handle, role):
    """A member with a token of awork, without a browser's round trip."""
    known = standin.world.person(handle)
    workspace, _ = Workspace.objects.get_or_create(id=known.workspace_id, name="Nordlicht Studio")
    names = {"first_name": known.first_name, "last_name": known.last_name, "email": known.email}
    user, _ = User.objects.get_or_create(awork_id=known.id, workspace=workspace, role=role, defaults=names)
    sign_in_again(standin, handle, user)
    return user


def sign_in_again(standin, handle, user):
    tokens.store(user, TokenResponse(standin.token(handle), "", 86400))


def assigned_guest(standin, paula, key="WEB-12"):
    """Carla, invited by Paula to this task, and assigned to it in awork beside everyone else."""
    world, task, role = standin.world, standin.world.task(key), standin.world.role("guest")
    names = {"firstName": "Carla", "lastName": "Creative"}
    standin.world.replaces = False
    account = world.assign_by_email(world.person("paula"), task.id, CARLA, role.id, names)
    project = world.projects[task.project_id]
    about = {"task_id": task.id, "task_key": key, "task_name": task.name, "guest_id": account.id}
    invitation = factories.invitation(
        paula, project_id=project.id, project_name=project.name, attempted_at=factories.NOON, **about
    )
    standin.requests.clear()
    return factories.guest(paula, of=invitation, awork_id=account.id)


@pytest.fixture
def paula(standin):
    """A manager who may end tasks of her guests only, here as in awork."""
    return signed_in(standin, "paula", "manager")


@pytest.fixture
def ada(standin, paula):
    """An administrator, here and in awork."""
    return signed_in(standin, "ada", "administrator")


@pytest.fixture
def guest(standin, paula):
    """Carla, invited by Paula to WEB-12, which Ada and Paul have."""
    return assigned_guest(standin, paula)


@pytest.fixture
def end(guest):
    """`end(kind, user)`: the only ending of this kind, saved and not sent."""

    def saved(kind, user, **options):
        said = {"by": actor(user), "cause": EndingCause.PERSON}
        (ending,) = create(guest, kind, user=user, **(said | options))
        return ending

    return saved


def calls(standin):
    """What changed something in awork."""
    return [(one.path.rsplit("/", 1)[-1], one.status) for one in standin.requests if one.method == "POST"]


def events():
    """The types of events about endings, in order."""
    return [event.type for event in Event.objects.order_by("sequence") if "ending" in event.details]


def later(ending, **passed):
    """Let time pass for this ending."""
    ago = timedelta(**passed)
    moved = {
        name: getattr(ending, name) - ago
        for name in ("attempted_at", "lease_expires_at", "next_check_at")
        if getattr(ending, name)
    }
    Ending.objects.filter(pk=ending.pk).update(**moved)
    ending.refresh_from_db()


def die(ending):
    """What the row looks like when its process was killed after it asked awork, and its lease ran out."""
    past = timezone.now() - timedelta(seconds=1)
    fields = {"state": "sending", "attempts": 1, "attempted_at": past, "lease_expires_at": past}
    Ending.objects.filter(pk=ending.pk).update(**fields)
    ending.refresh_from_db()
