"""What the desk does when somebody signs in."""

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
def learn_roles(user: User, **_: Any) -> None:
    """Keep the roles of the workspace for those who may not list them, once the sign-in is through."""
    if user.can_list_roles:
        transaction.on_commit(lambda: _learn(user))


def _learn(user: User) -> None:
    """A courtesy to others: the sign-in itself stands, whatever awork answers."""
    try:
        roles.refresh_roles(user.workspace, client_for(user))
    except AworkError as problem:
        logger.warning("roles not read", status=problem.exchange.status, problem=type(problem).__name__)
