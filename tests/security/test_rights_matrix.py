"""Every action on guests, for each desk role, with and without the right in awork that it takes.

Who may not is refused with a sentence, and nothing changes. A guest of another workspace is unknown to all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache

from invites.audit.models import Event
from invites.models import AworkUpdates, Ending, FeedKey, Guest, Invitation, Review
from invites.reviews.scope import Scope
from invites.reviews.start import Plan, start
from portal import actor, clock
from portal.models import User
from tests.invites import factories
from tests.test_url_permissions import rolled_back

pytestmark = pytest.mark.django_db
CARLA = "carla@creative.example"
ROLES = ("manager", "lead", "auditor", "administrator")

# What comes of it for the guest's sponsor. DESK: the desk role isn't enough, AWORK: the right in awork is
# missing, FORM: the form doesn't offer it.
DONE, DESK, AWORK, FORM = "done", "desk", "awork", "form"
SENTENCES = {
    DESK: ["You don't have access to this page", "ask an administrator of your workspace"],
    AWORK: [
        "awork doesn't allow this to the person who confirmed it.",
        "awork refused.",
        "This can't be ended any more.",
    ],
    FORM: ["There is nothing left to do here."],
}
INVITERS = (DONE, DONE, DESK, DONE)
GUEST_MANAGERS = (DESK, DONE, DESK, DONE)
ADMINISTRATORS = (DESK, DESK, DESK, DONE)
EVERYONE = (DONE, DONE, DONE, DONE)
THOSE_WHO_END = (FORM, DONE, DESK, DONE)


@dataclass(frozen=True)
class World:
    """Carla, whom the person invited and sponsors, and what else actions are about."""

    guest: Guest
    user: User
    standin: Any

    @property
    def path(self) -> str:
        return f"/guests/{self.guest.id}/"

    def end(self, target: object) -> dict[str, str]:
        return {"key": str(uuid4()), "target": str(target)}

    @property
    def ending(self) -> Ending:
        return Ending.objects.get()

    @property
    def review(self) -> Review:
        return Review.objects.get()


@dataclass(frozen=True)
class Action:
    """An action: where it is sent, when it is done, and for whom, in the order of ROLES."""

    path: Callable[[World], str]
    fields: Callable[[World], Mapping[str, str]]
    is_done: Callable[[World], bool]
    expected: tuple[str, ...]
    needs_right: bool = False
    prepare: Callable[[World], object] = field(default=lambda world: None)


def has_ended(world):
    return Ending.objects.filter(state="done").exists()


def deactivated(world):
    world.standin.world.change(world.standin.world.person(CARLA), is_deactivated=True)
    Guest.objects.update(state="ended")


def waits(world):
    factories.ending(world.guest, world.user, state="waiting", created_at=clock.now())


def is_under_review(world):
    plan = Plan(Scope(world.guest.workspace_id), clock.today() + timedelta(7))
    start(plan, user=world.user, by=actor.for_user(world.user))


def refused(world):
    Invitation.objects.update(state="refused", attempted_at=clock.now())


def soon(world):
    return (clock.today() + timedelta(7)).isoformat()


ACTIONS = {
    "hand over": Action(
        lambda world: f"{world.path}sponsor/",
        lambda world: {"sponsor": str(world.user.pk), "shown": "1"},
        lambda world: Event.objects.filter(type="guest-handed-over").exists(),
        GUEST_MANAGERS,
        prepare=lambda world: Guest.objects.update(sponsor=None),
    ),
    "set the end date": Action(
        lambda world: f"{world.path}end-date/",
        lambda world: {"ends_on": soon(world), "shown": ""},
        lambda world: Guest.objects.exclude(ends_on=None).exists(),
        INVITERS,
    ),
    "unassign": Action(
        lambda world: f"{world.path}end/task/",
        lambda world: world.end(world.guest.invitation.task_id),
        has_ended,
        INVITERS,
    ),
    "remove from the project": Action(
        lambda world: f"{world.path}end/project/",
        lambda world: world.end(world.guest.invitation.project_id),
        has_ended,
        THOSE_WHO_END,
        needs_right=True,
    ),
    "deactivate": Action(
        lambda world: f"{world.path}end/workspace/",
        lambda world: world.end(world.guest.workspace_id),
        has_ended,
        THOSE_WHO_END,
        needs_right=True,
    ),
    "activate": Action(
        lambda world: f"{world.path}end/activation/",
        lambda world: world.end(world.guest.workspace_id),
        has_ended,
        THOSE_WHO_END,
        needs_right=True,
        prepare=deactivated,
    ),
    "confirm an ending": Action(
        lambda world: f"/guests/endings/{world.ending.id}/confirm/",
        lambda world: {},
        has_ended,
        INVITERS,
        prepare=waits,
    ),
    "withdraw an ending": Action(
        lambda world: f"/guests/endings/{world.ending.id}/withdraw/",
        lambda world: {},
        lambda world: world.ending.reason == "withdrawn",
        INVITERS,
        prepare=waits,
    ),
    "start a review": Action(
        lambda world: "/reviews/start/",
        lambda world: {"project": "", "due": soon(world), "unanswered": "kept", "shown": "1"},
        lambda world: Review.objects.exists(),
        ADMINISTRATORS,
    ),
    "answer in a review": Action(
        lambda world: f"/reviews/{world.review.id}/",
        lambda world: {f"answer-{world.review.items.get().pk}": "confirmed"},
        lambda world: world.review.items.filter(decision="confirmed").exists(),
        INVITERS,
        prepare=is_under_review,
    ),
    "close a review": Action(
        lambda world: f"/reviews/{world.review.id}/close/",
        lambda world: {},
        lambda world: world.review.state == "closed",
        ADMINISTRATORS,
        prepare=is_under_review,
    ),
    "call a review off": Action(
        lambda world: f"/reviews/{world.review.id}/call-off/",
        lambda world: {},
        lambda world: world.review.state != "open",
        ADMINISTRATORS,
        prepare=is_under_review,
    ),
    "dismiss an invitation": Action(
        lambda world: f"/invitations/{world.guest.invitation_id}/dismiss/",
        lambda world: {},
        lambda world: Invitation.objects.exclude(dismissed="").exists(),
        INVITERS,
        prepare=refused,
    ),
    "connect updates from awork": Action(
        lambda world: "/awork-updates/connect/",
        lambda world: {},
        lambda world: AworkUpdates.objects.exists(),
        ADMINISTRATORS,
        needs_right=True,
    ),
    "make a key of a feed": Action(
        lambda world: "/feeds/",
        lambda world: {"key": str(uuid4()), "feed": "calendar"},
        lambda world: FeedKey.objects.exists(),
        EVERYONE,
    ),
}


@pytest.fixture
def people(standin, ada, paula, form):
    """By whether they have the rights in awork: two who are signed in. Paula has invited Carla to WEB-12."""
    assert paula.post("/invite/", form()).status_code == 302
    return {True: ada, False: paula}


def test_each_action_is_done_or_refused_with_a_sentence(people, standin):
    users = {True: User.objects.get(first_name="Ada"), False: User.objects.get(first_name="Paula")}
    restore, found, expected = standin.snapshot(), {}, {}
    for name, role, has_right in cases():
        action = ACTIONS[name]
        restore()
        cache.clear()
        with rolled_back():
            found[name, role, has_right] = outcome(action, people[has_right], users[has_right], role, standin)
        kind = action.expected[ROLES.index(role)]
        is_refused = kind == DONE and action.needs_right and not has_right
        expected[name, role, has_right] = AWORK if is_refused else kind
    assert found == expected


def cases():
    """Each action for each desk role, and with and without the right in awork where it takes one."""
    for name, action in ACTIONS.items():
        for has_right in (True, False) if action.needs_right else (False,):
            yield from ((name, role, has_right) for role in ROLES)


def outcome(action, client, user, role, standin):
    """What comes of the action for this person with this desk role."""
    User.objects.filter(pk=user.pk).update(role=role)
    Guest.objects.update(sponsor=user)
    Invitation.objects.update(inviter=user)
    user.refresh_from_db()
    world = World(Guest.objects.select_related("invitation").get(), user, standin)
    action.prepare(world)
    response = client.post(action.path(world), action.fields(world), follow=True)
    if action.is_done(world):
        return DONE
    shown = " ".join(unescape(response.text).split())
    kind = DESK if response.status_code == 403 else FORM if role == "manager" else AWORK
    assert any(one in shown for one in SENTENCES[kind]), shown[-1500:]
    return kind


@pytest.mark.parametrize("role", ROLES)
def test_a_guest_of_another_workspace_is_unknown(client, role):
    client.force_login(factories.person("Mona Miller", role=role))
    theirs = factories.guest(factories.person("Otto Ostwind", workspace="Elsewhere"))
    ending = factories.ending(theirs, theirs.sponsor, state="waiting")
    pages = [f"/guests/{theirs.id}/{path}" for path in ("", "endings/")]
    actions = [
        f"/guests/{theirs.id}/{path}/" for path in ("sponsor", "end-date", "end/task", "end/workspace")
    ]
    actions += [f"/guests/endings/{ending.id}/{path}/" for path in ("check", "confirm", "withdraw")]
    actions += [f"/invitations/{theirs.invitation_id}/dismiss/"]
    shown = [client.get(path) for path in [*pages, f"/guests/endings/{ending.id}/"]]
    done = [client.post(path) for path in actions]
    assert {one.status_code for one in shown} == {404}
    # Auditors may do none of it, nor managers give a guest to somebody else.
    refused = {"auditor": {403}, "manager": {403, 404}}
    assert {one.status_code for one in done} == refused.get(role, {404})
    assert not [one for one in shown + done if "Carla" in one.text]
