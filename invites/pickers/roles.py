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
from invites.rules import Rules, may_be_offered
from portal.awork.client import Client
from portal.awork.errors import Refused
from portal.awork.shapes import Role
from portal.awork.tokens import client_for, key_client
from portal.models import User, Workspace
from portal.rights import Right

SECONDS = 60
RIGHTS_SECONDS = 3600
# By either of the names that awork's documentation has for features.
MANAGING = {"user-manage-config", "umc", "workspace-manage-config", "wmc"}


def known(user: User) -> list[Role]:
    """The workspace's roles; empty where the portal does not know them yet."""
    key = f"roles:{user.pk}"
    roles: list[Role] | None = cache.get(key)
    if roles is None:
        roles = _read(user)
        if roles:  # "none yet" ends when an administrator signs in, and that should be seen at once
            cache.set(key, roles, SECONDS)
    return roles


def offered(roles: Iterable[Role], user: User, rules: Rules) -> list[Role]:
    """Those of the roles that this person may pick from, the guest role first."""
    administers = Right.ADMINISTER in user.rights
    found = [role for role in roles if rules.offers(role, administers=administers)]
    return sorted(found, key=lambda role: (not role.is_guest, role.name.casefold()))


def named(text: str, roles: Iterable[Role]) -> Role | None:
    """The role among these that is meant by an id, by a name, or by "guest", as it stands in bookmarks."""
    known = list(roles)
    wanted = text.strip().casefold()
    found = [role for role in known if wanted in {str(role.id), role.name.casefold()}]
    if wanted == "guest":
        found += [role for role in known if role.is_guest]
    return found[0] if found else None


def _read(user: User) -> list[Role]:
    try:
        client = client_for(user) if user.may_list_roles else key_client(user.workspace_id)
        if client:
            return learn(user.workspace, client)
    except Refused:
        pass  # the right was taken away, or the key revoked: what was seen last must do
    return seen_last(user.workspace_id)


def seen_last(workspace: UUID) -> list[Role]:
    """The roles as the portal last saw them."""
    return [option.role for option in RoleOption.objects.filter(workspace=workspace)]


def learn(workspace: Workspace, client: Client) -> list[Role]:
    """Read the roles and keep them for those who may not list them."""
    roles = [replace(role, manages=_manages(role, client)) for role in client.roles()]
    keep(workspace, roles)
    return roles


def _manages(role: Role, client: Client) -> bool:
    """Whether it may do more than read users and settings; so it is where awork does not show it."""
    if role.is_guest or not may_be_offered(role):
        return not role.is_guest
    key = f"role-manages:{role.id}"
    known: bool | None = cache.get(key)
    if known is None:
        known = _ask_what_it_may(role, client)
        cache.set(key, known, RIGHTS_SECONDS)
    return known


def _ask_what_it_may(role: Role, client: Client) -> bool:
    try:
        features = client.role_features(role.id)
    except Refused:
        return True
    return any(feature in MANAGING and level != "read" for feature, level in features)


@transaction.atomic
def keep(workspace: Workspace, roles: Iterable[Role]) -> None:
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
