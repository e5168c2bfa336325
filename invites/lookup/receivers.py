"""Update the stored roles when a user signs in."""

from typing import Any

import structlog
from django.db import transaction
from django.dispatch import receiver

from invites.lookup import roles
from portal.awork.errors import AworkError
from portal.awork.tokens import client_for
from portal.models import User
from portal.signals import signed_in

logger = structlog.get_logger(__name__)


@receiver(signed_in)
def refresh_roles(user: User, **_: Any) -> None:
    """Store the roles for users who can't list them, after the sign-in is committed."""
    if user.can_list_roles:
        transaction.on_commit(lambda: _refresh(user))


def _refresh(user: User) -> None:
    """Whatever awork answers, the sign-in succeeds."""
    try:
        roles.refresh_roles(user.workspace, client_for(user))
    except AworkError as problem:
        logger.warning("roles not read", status=problem.exchange.status, problem=type(problem).__name__)
