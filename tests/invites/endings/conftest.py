"""A guest in the stand-in awork, and what ends their access."""

from datetime import timedelta

import pytest
from django.utils import timezone

from invites.audit.models import Event
from invites.endings.create import create
from invites.models import Ending, EndingCause, Guest
from tests.invites.conftest import actor

CARLA = "carla@creative.example"


@pytest.fixture
def guest(standin, send, new_invitation):
    """Carla, invited by Paula to WEB-12, which Ada and Paul have."""
    send(new_invitation())
    standin.requests.clear()
    guest = Guest.objects.get()
    guest.awork_id = standin.world.person(CARLA).id
    guest.save()
    return guest


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
