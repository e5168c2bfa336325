"""The roles that a guest may be given.

`GET /roles` is for admins and holders of workspace-manage-config:read, and most project managers are
neither, though they may invite: for them the roles are read with the portal's own key, or taken as the
portal last saw them through somebody who may.
"""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from django.core.cache import cache
from django.db import transaction

from invites.models import RoleOption
from portal.awork.client import Client
from portal.awork.errors import AworkRefused
from portal.awork.schemas import Role
from portal.awork.tokens import api_key_client, client_for
from portal.models import User, Workspace

CACHE_SECONDS = 60
PERMISSIONS_CACHE_SECONDS = 3600
# By either of the names that awork's documentation has for features.
MANAGING = {"user-manage-config", "umc", "workspace-manage-config", "wmc"}


def workspace_roles(user: User) -> list[Role]:
    """The workspace's roles; empty where the portal does not know them yet."""
    key = f"roles:{user.pk}"
    roles: list[Role] | None = cache.get(key)
    if roles is None:
        roles = _fetch(user)
        if roles:  # "none yet" ends when an administrator signs in, and that should be seen at once
            cache.set(key, roles, CACHE_SECONDS)
    return roles


def find_role(text: str, roles: Iterable[Role]) -> Role | None:
    """The role among these that is meant by an id, by a name, or by "guest", as it stands in bookmarks."""
    workspace_roles = list(roles)
    wanted = text.strip().casefold()
    found = [role for role in workspace_roles if wanted in {str(role.id), role.name.casefold()}]
    if wanted == "guest":
        found += [role for role in workspace_roles if role.is_guest]
    return found[0] if found else None


def _fetch(user: User) -> list[Role]:
    try:
        client = client_for(user) if user.can_list_roles else api_key_client(user.workspace_id)
        if client:
            return refresh_roles(user.workspace, client)
    except AworkRefused:
        pass  # the right was taken away, or the key revoked: what was seen last must do
    return stored_roles(user.workspace_id)


def stored_roles(workspace: UUID) -> list[Role]:
    """The roles as the portal last saw them."""
    return [option.role for option in RoleOption.objects.filter(workspace=workspace)]


def refresh_roles(workspace: Workspace, client: Client) -> list[Role]:
    """Read the roles and keep them for those who may not list them."""
    roles = [replace(role, manages=_manages(role, client)) for role in client.roles()]
    store_roles(workspace, roles)
    return roles


def _manages(role: Role, client: Client) -> bool:
    """Whether it may do more than read users and settings; so it is where awork does not show it."""
    if role.is_guest or not role.is_assignable:
        return not role.is_guest
    key = f"role-manages:{role.id}"
    workspace_roles: bool | None = cache.get(key)
    if workspace_roles is None:
        workspace_roles = _ask_what_it_may(role, client)
        cache.set(key, workspace_roles, PERMISSIONS_CACHE_SECONDS)
    return workspace_roles


def _ask_what_it_may(role: Role, client: Client) -> bool:
    try:
        features = client.role_features(role.id)
    except AworkRefused:
        return True
    return any(feature in MANAGING and level != "read" for feature, level in features)


@transaction.atomic
def store_roles(workspace: Workspace, roles: Iterable[Role]) -> None:
    """Make the stored roles those given; writes nothing where they are the same."""
    stored = {option.role_id: option for option in RoleOption.objects.filter(workspace=workspace)}
    fresh = {role.id: role for role in roles}
    if {key: option.role for key, option in stored.items()} == fresh:
        return
    RoleOption.objects.filter(workspace=workspace).exclude(role_id__in=fresh).delete()
    for role in fresh.values():
        RoleOption.objects.update_or_create(
            workspace=workspace,
            role_id=role.id,
            defaults={
                "name": role.name,
                "is_admin": role.is_admin,
                "is_guest": role.is_guest,
                "is_agent": role.is_agent,
                "is_archived": role.is_archived,
                "manages": role.manages,
            },
        )
