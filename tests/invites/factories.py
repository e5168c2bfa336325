"""Rows of the desk for tests that need no awork."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from invites.models import Batch, Ending, Guest, Invitation, PolicyVersion, Review
from invites.policy.rules import Rules, columns
from invites.policy.versions import current_policy
from invites.reviews.scope import Scope
from invites.reviews.start import Plan, start
from portal import actor, clock
from portal.awork.schemas import Role, Task
from portal.email_addresses import key_of
from portal.models import User, Workspace

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def person(name: str = "Paula Planer", workspace: str = "Nordlicht Studio", **fields: Any) -> User:
    first, _, last = name.partition(" ")
    home, _ = Workspace.objects.get_or_create(name=workspace, defaults={"id": uuid4()})
    email = f"{first}@nordlicht.example".lower()
    return User.objects.create(
        awork_id=uuid4(), workspace=home, first_name=first, last_name=last, email=email, **fields
    )


def invitation(inviter: User, **fields: Any) -> Invitation:
    """Carla, invited as a guest to WEB-12 at noon."""
    return Invitation.objects.create(**new_fields(inviter, **fields))


def new_fields(inviter: User, **fields: Any) -> dict[str, Any]:
    """The fields of such an invitation, with these instead of Carla's."""
    email = fields.get("email", "carla@creative.example")
    said = {
        "form_key": uuid4(),
        "workspace_id": inviter.workspace_id,
        "inviter": inviter,
        "created_at": NOON,
        "task_id": uuid4(),
        "task_key": "WEB-12",
        "task_name": "Write copy",
        "project_id": UUID(int=7),
        "project_name": "Website",
        "role_id": UUID(int=1),
        "role_name": "Guest",
        "email": email,
        "email_key": key_of(email),
        "first_name": "Carla",
        "last_name": "Creative",
        "state": "sent",
    }
    return said | fields


def batch(inviter: User, lines: Sequence[Mapping[str, Any]] = (), **fields: Any) -> Batch:
    """A batch of noon with these lines, which are queued where they say nothing else."""
    said = {
        "form_key": uuid4(),
        "workspace_id": inviter.workspace_id,
        "inviter": inviter,
        "created_at": NOON,
        "changed_at": NOON,
    }
    made = Batch.objects.create(**(said | fields))
    for number, line in enumerate(lines, 1):
        of_line = {
            "batch": made,
            "line": number,
            "is_first_line": number == 1,
            "created_at": made.created_at,
            "state": "queued",
            "email": f"guest{number}@creative.example",
        }
        invitation(inviter, **(of_line | line))
    return made


def guest(inviter: User, *, of: Invitation | None = None, **fields: Any) -> Guest:
    """The guest of an invitation, Carla's by default, as pending."""
    found = of or invitation(inviter)
    said = {
        "workspace_id": inviter.workspace_id,
        "invitation": found,
        "sponsor": inviter,
        "invited_at": NOON,
        "state_since": NOON,
        "state": "pending",
        **{name: getattr(found, name) for name in ("email", "email_key", "first_name", "last_name")},
    }
    return Guest.objects.create(**(said | fields))


def named_guest(inviter: User, name: str, **fields: Any) -> Guest:
    """The same with this first name only, and the address that goes with it."""
    about = {key: fields.pop(key) for key in ("project_id", "project_name", "task_key") if key in fields}
    email = f"{name}@creative.example".lower()
    sent = invitation(inviter, first_name=name, last_name="", email=email, **about)
    return guest(inviter, of=sent, **fields)


def review(user: User, days: int = 7, *, project_id: UUID | None = None, **plan: Any) -> Review:
    """A review of all guests, or of a project's, that this user started; due in so many days."""
    due = clock.today() + timedelta(days=days)
    return start(Plan(Scope(user.workspace_id, project_id), due, **plan), user=user, by=actor.for_user(user))


def ending(guest: Guest, user: User, **fields: Any) -> Ending:
    """Unassigning the guest from the task of their invitation, requested at noon."""
    last = guest.invitation
    said = {
        "workspace_id": guest.workspace_id,
        "guest": guest,
        "invitation": last,
        "kind": "task",
        "target_id": last.task_id,
        "target_key": last.task_key,
        "target_name": last.task_name,
        "cause": "person",
        "user": user,
        "created_at": NOON,
        "changed_at": NOON,
    }
    return Ending.objects.create(**(said | fields))


def new_invitation(inviter: User, task: Task, role: Role, /, **fields: Any) -> Invitation:
    """An invitation that is not saved yet, as a form makes it."""
    said = {
        "form_key": uuid4(),
        "workspace_id": inviter.workspace_id,
        "inviter": inviter,
        "role_id": role.id,
        "role_name": role.name,
        "email": "carla@creative.example",
    }
    made = Invitation(**(said | fields))
    made.set_task(task)
    return made


def policy(saved_by: User, **rules: Any) -> PolicyVersion:
    """The next version of the policy in this person's workspace."""
    number = current_policy(saved_by.workspace_id).number + 1
    return PolicyVersion.objects.create(
        workspace=saved_by.workspace,
        number=number,
        saved_at=NOON,
        saved_by=saved_by,
        **columns(Rules(**rules)),
    )
