"""What awork lets a person end, as far as the desk knows; awork itself decides when it is asked."""

from django.core.cache import cache

from invites.models import EndingKind
from portal.awork.errors import AworkError
from portal.awork.schemas import AworkPermissions, Project
from portal.awork.tokens import client_for
from portal.models import User

MANAGE_USERS = ("user-manage-config", "write")
MANAGE_PROJECTS = ("project-master-data", "manage")
CACHE_SECONDS = 300


def permissions_of(user: User) -> AworkPermissions | None:
    """The person's permissions in awork, at most five minutes old; None if awork doesn't say."""
    key = f"awork-permissions:{user.pk}"
    known: AworkPermissions | None = cache.get(key)
    if known is None:
        try:
            known = client_for(user).permissions()
        except AworkError:
            return None
        cache.set(key, known, CACHE_SECONDS)
    return known


def lacks_right(kind: str, permissions: AworkPermissions | None, project: Project | None = None) -> bool:
    """Whether awork would certainly refuse this person; False if that isn't known."""
    if permissions is None or permissions.is_admin:
        return False
    if kind in {EndingKind.WORKSPACE, EndingKind.ACTIVATION}:
        return MANAGE_USERS not in permissions.features
    if kind == EndingKind.PROJECT and project is not None:
        is_creator = project.created_by == permissions.user_id
        return not is_creator and MANAGE_PROJECTS not in permissions.features
    return False
