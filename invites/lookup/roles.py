"""The roles that a guest can be given.

`GET /roles` requires an admin or workspace-manage-config:read, which most project managers don't have though
they can invite. For them the roles are read with the portal's own API key, or come from the last user who had
access to them.
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
# awork's documentation uses both names of each feature.
MANAGEMENT_FEATURES = {"user-manage-config", "umc", "workspace-manage-config", "wmc"}


def workspace_roles(user: User) -> list[Role]:
    """The workspace's roles; empty if the portal does not know them yet."""
    key = f"roles:{user.pk}"
    roles: list[Role] | None = cache.get(key)
    if roles is None:
        roles = _fetch(user)
        if roles:  # an empty list is not cached: it ends as soon as an administrator signs in
            cache.set(key, roles, CACHE_SECONDS)
    return roles


def find_role(text: str, roles: Iterable[Role]) -> Role | None:
    """The role with this id or name; "guest" finds the guest role, whatever its name, for bookmarks."""
    candidates = list(roles)
    name = text.strip().casefold()
    matches = [role for role in candidates if name in {str(role.id), role.name.casefold()}]
    if name == "guest":
        matches += [role for role in candidates if role.is_guest]
    return matches[0] if matches else None


def _fetch(user: User) -> list[Role]:
    try:
        client = client_for(user) if user.can_list_roles else api_key_client(user.workspace_id)
        if client:
            return refresh_roles(user.workspace, client)
    except AworkRefused:
        pass  # the permission or the API key was revoked: use what is stored
    return stored_roles(user.workspace_id)


def stored_roles(workspace: UUID) -> list[Role]:
    """The roles as they were last read from awork."""
    return [option.role for option in RoleOption.objects.filter(workspace=workspace)]


def refresh_roles(workspace: Workspace, client: Client) -> list[Role]:
    """Read the roles, and store them for users who can't list them."""
    roles = [replace(role, manages=_manages(role, client)) for role in client.roles()]
    store_roles(workspace, roles)
    return roles


def _manages(role: Role, client: Client) -> bool:
    """Whether it can change users or settings; assumed if awork does not show it."""
    if role.is_guest or not role.is_assignable:
        return not role.is_guest
    key = f"role-manages:{role.id}"
    manages: bool | None = cache.get(key)
    if manages is None:
        manages = _has_management_features(role, client)
        cache.set(key, manages, PERMISSIONS_CACHE_SECONDS)
    return manages


def _has_management_features(role: Role, client: Client) -> bool:
    try:
        features = client.role_features(role.id)
    except AworkRefused:
        return True
    return any(feature in MANAGEMENT_FEATURES and level != "read" for feature, level in features)


@transaction.atomic
def store_roles(workspace: Workspace, roles: Iterable[Role]) -> None:
    """Replace the stored roles by these; writes nothing if they are the same."""
    stored = {option.role_id: option for option in RoleOption.objects.filter(workspace=workspace)}
    current = {role.id: role for role in roles}
    if {key: option.role for key, option in stored.items()} == current:
        return
    RoleOption.objects.filter(workspace=workspace).exclude(role_id__in=current).delete()
    for role in current.values():
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
