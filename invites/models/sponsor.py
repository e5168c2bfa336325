"""Who may be the sponsor of guests."""

from django.db.models import QuerySet

from portal.models import User
from portal.roles import ROLE_PERMISSIONS, Permission

SPONSORING = [role for role, permissions in ROLE_PERMISSIONS.items() if Permission.INVITE in permissions]


def sponsors() -> QuerySet[User]:
    """The members of any workspace who may be sponsors: those who are still there and may invite."""
    return User.objects.filter(is_active=True, left_at=None, role__in=SPONSORING)


def is_sponsor(user: User) -> bool:
    """The same for a user who is at hand."""
    return user.is_active and user.left_at is None and user.role in SPONSORING
