"""Who is let in, and what is kept of them."""

from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone

from portal import people
from portal.awork import tokens
from portal.awork.errors import AworkError, RateLimited, Unreachable
from portal.awork.oauth import Grant
from portal.awork.shapes import Me, Permissions
from portal.models import User, Workspace

NAME_LENGTH = 1000  # characters, as the columns have


def objection(me: Me, permissions: Permissions, workspaces: Iterable[UUID]) -> str:
    """Why this person may not use the portal, as a key of `refusals`; "" where nothing speaks against it.

    Anybody with an awork account can come this far, so `workspaces` decides; empty, as in the demo
    only, it lets all in.
    """
    listed = set(workspaces)
    known = User.objects.filter(awork_id=me.person.id).first()
    reasons = {
        "workspace": bool(listed) and me.workspace.id not in listed,
        "deactivated": me.person.is_deactivated,
        "blocked": permissions.is_blocked or (known is not None and not known.is_active),
        "guest": permissions.is_guest,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def failure(problem: AworkError) -> str:
    """The key of `refusals` for what went wrong at awork."""
    if problem.exchange.code == "deactivated-user":
        return "deactivated"
    return "unreachable" if isinstance(problem, Unreachable | RateLimited) else "nonsense"


def admit(me: Me, permissions: Permissions, grant: Grant) -> User:
    """Save the person, their workspace and their tokens as awork describes them now."""
    workspace, _created = Workspace.objects.update_or_create(
        id=me.workspace.id,
        defaults={"name": me.workspace.name[:NAME_LENGTH], "url": me.workspace.url[:NAME_LENGTH]},
    )
    user = User.objects.filter(awork_id=me.person.id).first()
    if user is None:
        role = people.first_role(workspace, me.person.email, is_admin=permissions.is_admin)
        user = User(awork_id=me.person.id, role=role, is_admin=permissions.is_admin)
    elif user.workspace_id != workspace.id:  # what somebody is in one workspace says nothing in another
        user.role = people.first_role(workspace, me.person.email, is_admin=permissions.is_admin)
    user.workspace = workspace
    renew(user, me, permissions)
    tokens.keep(user, grant)
    return user


def renew(user: User, me: Me, permissions: Permissions) -> None:
    """Take over what awork says of the person now, and that it says so."""
    was_admin, user.is_admin = user.is_admin, permissions.is_admin
    user.may_list_roles, user.may_list_users = permissions.may_list_roles, permissions.may_list_users
    user.first_name = me.person.first_name[:NAME_LENGTH]
    user.last_name = me.person.last_name[:NAME_LENGTH]
    user.email = me.person.email[:NAME_LENGTH]
    user.confirmed_at = timezone.now()
    user.save()
    people.follow_awork(user, was_admin=was_admin)
