"""The roles that a guest can be given.

`GET /roles` requires an admin or workspace-manage-config:read, which most project managers don't have though
they can invite. For them the roles are read with the portal's own API key, or come from the last user who had
access to them.

What a role permits takes another request for each role. Pages read the role that is selected and a few more,
and the answers are stored: a workspace with hundreds of roles is known after some pages. Until then a role
counts as one that manages users or settings, see `Role.may_manage`.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.text import slugify

from invites.models import RoleOption
from portal.awork.client import Client
from portal.awork.errors import AworkError, AworkRefused, SignInExpired
from portal.awork.schemas import Role
from portal.awork.tokens import api_key_client, client_for
from portal.models import User, Workspace

CACHE_SECONDS = 60
PERMISSIONS_MAX_AGE = timedelta(hours=1)
MAX_READ = 10  # roles whose permissions are read together, once a minute for a workspace
# awork's documentation uses both names of each feature.
MANAGEMENT_FEATURES = {"user-manage-config", "umc", "workspace-manage-config", "wmc"}


def workspace_roles(user: User, *, selected: Iterable[str] = (), fresh: bool = False) -> list[Role]:
    """The workspace's roles; empty if the portal does not know them yet.

    If the user or the portal's API key can read them, they are at most a minute old, and the permissions of
    the `selected` ones (see `find_role`), up to `MAX_READ`, an hour; with `fresh` both are read now.
    """
    key = f"roles-read:{user.pk}"
    if fresh or not cache.get(key):
        _refresh(user)
        # While there are none it ends as soon as an administrator signs in.
        cache.set(key, RoleOption.objects.filter(workspace=user.workspace_id).exists(), CACHE_SECONDS)
    roles = stored_roles(user.workspace_id)
    chosen = {role.id for text in selected if (role := find_role(text, roles))}
    age = timedelta() if fresh else PERMISSIONS_MAX_AGE
    due = _without_permissions(user.workspace_id, age).filter(role_id__in=chosen)[:MAX_READ] if chosen else ()
    if due and (client := _client(user)):
        _read_permissions(client, due)
        return stored_roles(user.workspace_id)
    return roles


def find_role(text: str, roles: Iterable[Role]) -> Role | None:
    """The role with this id or name, also as a slug; "guest" finds the guest role, whatever its name."""
    candidates = list(roles)
    name, slug = text.strip().casefold(), slugify(text)
    named = (role for role in candidates if name in {str(role.id), role.name.casefold()})
    guest = (role for role in candidates if name == "guest" and role.is_guest)
    with_slug = (role for role in candidates if slug and slugify(role.name) == slug)
    return next(chain(named, guest, with_slug), None)


def role_slug(role: Role, roles: Iterable[Role]) -> str:
    """The role's name for a URL, such as `project-manager`; its id where that finds another role."""
    slug = slugify(role.name)
    return slug if slug and find_role(slug, roles) == role else str(role.id)


def stored_roles(workspace: UUID) -> list[Role]:
    """The roles as they were last read from awork."""
    return [option.role for option in RoleOption.objects.filter(workspace=workspace)]


def refresh_roles(workspace: Workspace, client: Client) -> None:
    """Read the roles without their permissions, one request, and store them."""
    store_roles(workspace, client.roles())


def _client(user: User) -> Client | None:
    return client_for(user) if user.can_list_roles else api_key_client(user.workspace_id)


def _refresh(user: User) -> None:
    """Read the roles, and the permissions of some; nothing changes where awork refuses."""
    try:
        client = _client(user)
        if client:
            refresh_roles(user.workspace, client)
            _read_some_permissions(user.workspace_id, client)
    except AworkRefused:
        pass  # the permission or the API key was revoked: use what is stored


def _read_some_permissions(workspace: UUID, client: Client) -> None:
    """Those never read first. If awork fails, the others stay as they are."""
    if not cache.add(f"role-permissions-read:{workspace}", True, CACHE_SECONDS):
        return
    oldest_first = F("permissions_read_at").asc(nulls_first=True)
    try:
        due = _without_permissions(workspace, PERMISSIONS_MAX_AGE).order_by(oldest_first, "id")
        _read_permissions(client, due[:MAX_READ])
    except SignInExpired:
        raise
    except AworkError:
        pass


def _without_permissions(workspace: UUID, age: timedelta) -> QuerySet[RoleOption]:
    """The assignable roles, guests apart, whose permissions were not read within this time."""
    read_lately = timezone.now() - age
    return RoleOption.objects.filter(
        workspace=workspace, is_admin=False, is_agent=False, is_archived=False, is_guest=False
    ).exclude(permissions_read_at__gt=read_lately)


def _read_permissions(client: Client, options: Iterable[RoleOption]) -> None:
    for option in options:
        manages = _has_management_features(option.role_id, client)
        RoleOption.objects.filter(pk=option.pk).update(manages=manages, permissions_read_at=timezone.now())


def _has_management_features(role_id: UUID, client: Client) -> bool:
    """Whether it can change users or settings; assumed if awork does not show it."""
    try:
        features = client.role_features(role_id)
    except AworkRefused:
        return True
    return any(feature in MANAGEMENT_FEATURES and level != "read" for feature, level in features)


@transaction.atomic
def store_roles(workspace: Workspace, roles: Iterable[Role]) -> None:
    """Replace the stored roles by these, but not what is known of their permissions; writes only changes."""
    stored = {option.role_id: option.role for option in RoleOption.objects.filter(workspace=workspace)}
    current = {role.id: role for role in roles}
    if stored.keys() - current.keys():
        RoleOption.objects.filter(workspace=workspace).exclude(role_id__in=current).delete()
    changed = [role for role in current.values() if not _is_same(role, stored.get(role.id))]
    RoleOption.objects.bulk_create(
        [
            RoleOption(
                workspace=workspace,
                role_id=role.id,
                name=role.name,
                is_admin=role.is_admin,
                is_guest=role.is_guest,
                is_agent=role.is_agent,
                is_archived=role.is_archived,
                manages=role.manages,
            )
            for role in sorted(changed, key=lambda role: role.id)
        ],
        update_conflicts=True,
        unique_fields=["workspace", "role_id"],
        update_fields=["name", "is_admin", "is_guest", "is_agent", "is_archived"],
    )


def _is_same(role: Role, stored: Role | None) -> bool:
    return stored is not None and replace(stored, manages=role.manages) == role
