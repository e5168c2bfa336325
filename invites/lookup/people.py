"""What is known about an address that was entered: whose it is, and whether an invitation fits."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from invites.lookup.awork import AworkLookup, Sight
from invites.models import Invitation, RoleOption, State
from portal.awork.schemas import AworkUser, Project, Task
from portal.email_addresses import key_of
from portal.models import User


class AddressState(StrEnum):
    """Who has the address in awork. A guest is in one project only: that of the task, or another."""

    UNKNOWN = "unknown"
    PENDING = "pending"
    MEMBER = "member"
    GUEST_ELSEWHERE = "guest elsewhere"
    GUEST_HERE = "guest here"
    DEACTIVATED = "deactivated"
    ARCHIVED = "archived"
    EXTERNAL = "external"
    AGENT = "agent"


@dataclass(frozen=True)
class Address:
    """An address in awork; `sight` says what an unknown one is worth.

    `is_guest` is None for a user whose role can't be seen, `project` the guest's if the inviter can see it.
    `is_on_task` and `can_be_assigned` are about the chosen task: guests of its project can be assigned to it.
    """

    state: AddressState = AddressState.UNKNOWN
    sight: Sight = Sight.ONESELF
    user: AworkUser | None = None
    is_guest: bool | None = None
    project: Project | None = None
    is_on_task: bool = False
    can_be_assigned: bool = False


def find(email: str, lookup: AworkLookup, task: Task | None = None) -> Address:
    """The state of an address, as far as the desk can know.

    Anyone may read a user by id, so people known here are found even by those who may not list users.
    """
    user, sight = _known_user(email, lookup), lookup.sight
    if user is None:
        users, sight = lookup.users(email)
        user = next(iter(users), None)
    if user is None:
        return Address(sight=sight)
    is_guest = _is_guest(user, lookup) if is_active(user) else None
    projects = lookup.projects_of(user.id) if is_guest else []
    return address_of(user, sight, task, is_guest=is_guest, projects=projects)


def _known_user(email: str, lookup: AworkLookup) -> AworkUser | None:
    """The user with this address who has signed in here or was invited from here, as awork has them now."""
    workspace, key = lookup.user.workspace_id, key_of(email)
    signed_in = User.objects.filter(workspace=workspace, email_key=key).values_list("awork_id", flat=True)
    invited = Invitation.objects.filter(workspace=workspace, email_key=key).exclude(guest_id=None)
    known = signed_in.first() or invited.values_list("guest_id", flat=True).first()
    user = lookup.user_by_id(known, email) if known else None
    return user if user and key_of(user.email) == key else None


def address_of(
    user: AworkUser,
    sight: Sight,
    task: Task | None,
    *,
    is_guest: bool | None = None,
    projects: Sequence[Project] = (),
) -> Address:
    """The address of this user; whether they are a guest, and of which projects, matters for active ones."""
    state = account_state(user)
    if not is_active(user):
        return Address(state, sight, user)
    is_here = task is not None and task.project_id in {project.id for project in projects}
    if state is AddressState.MEMBER and is_guest:
        state = AddressState.GUEST_HERE if is_here else AddressState.GUEST_ELSEWHERE
    is_on_task = task is not None and user.id in {person.id for person in task.assignees}
    return Address(
        state,
        sight,
        user,
        is_guest,
        next(iter(projects), None),
        is_on_task=is_on_task,
        can_be_assigned=is_here and not is_on_task and _has_room(task),
    )


def is_active(user: AworkUser) -> bool:
    """Whether the user takes part in the workspace, or has been invited to it."""
    return account_state(user) in {AddressState.MEMBER, AddressState.PENDING}


def account_state(user: AworkUser) -> AddressState:
    """What the account itself says; MEMBER for any that is active."""
    facts = {
        AddressState.AGENT: user.is_agent,
        AddressState.EXTERNAL: user.is_external,
        AddressState.ARCHIVED: user.is_archived,
        AddressState.DEACTIVATED: user.is_deactivated,
        AddressState.PENDING: user.invitation_accepted is False,
    }
    return next((state for state, holds in facts.items() if holds), AddressState.MEMBER)


def _is_guest(user: AworkUser, lookup: AworkLookup) -> bool | None:
    """Whether the user has the guest role: by awork's list of its users, else by what is known here.

    Guests can't sign in here, so whoever has is a member.
    """
    role = guest_role(lookup.user.workspace_id)
    if role is None:
        return None
    has_role = lookup.has_role(user.id, role)
    return _is_guest_here(user, role, lookup.user.workspace_id) if has_role is None else has_role


def guest_role(workspace: UUID) -> UUID | None:
    """The id of the workspace's guest role, as far as its roles are known; newer workspaces have none."""
    return next(
        (role.role_id for role in RoleOption.objects.filter(workspace=workspace, is_guest=True)), None
    )


def _is_guest_here(user: AworkUser, role: UUID, workspace: UUID) -> bool | None:
    if User.objects.filter(workspace=workspace, awork_id=user.id).exists():
        return False
    sent = Invitation.objects.filter(workspace=workspace, guest_id=user.id, role_id=role, state=State.SENT)
    return True if sent.exists() else None


def _has_room(task: Task | None) -> bool:
    """Whether somebody can be assigned without unassigning others, for all we know."""
    return task is not None and (task.allows_several_assignees is not False or not task.assignees)
