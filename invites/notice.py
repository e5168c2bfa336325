"""What administrators read on every page while the desk needs them."""

from collections.abc import Iterator
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError
from django.db.models import Exists, Subquery
from django.utils.translation import gettext as _

from invites.audit.status import last_verification
from invites.models import DutyRun, WorkerProcess
from invites.operations import LATE
from portal import clock
from portal.actor import PORTAL_WORKSPACE
from portal.models import User, Workspace
from portal.roles import Permission


def sentences(user: User | AnonymousUser) -> list[str]:
    """What is wrong, by the rules of `operations`; for administrators only, who pay one statement for it.

    Nothing if the database doesn't answer: the page may be the one that says so.
    """
    if not isinstance(user, User) or Permission.ADMINISTER not in user.permissions:
        return []
    try:
        return list(_sentences(user.workspace_id))
    except DatabaseError:
        return []


def _sentences(workspace: UUID) -> Iterator[str]:
    own, portal = (last_verification(one).values("outcome") for one in (workspace, PORTAL_WORKSPACE))
    is_alive, has_run, *outcomes = Workspace.objects.values_list(
        Exists(WorkerProcess.alive()),
        Exists(DutyRun.objects.filter(ended_at__gt=clock.now() - LATE)),
        Subquery(own),
        Subquery(portal),
    ).get(pk=workspace)
    if not is_alive and not has_run:
        yield _("No worker is running: batches, checks and deliveries wait.")
    if not {None, "whole"}.issuperset(outcomes):
        yield _("The last verification of the audit log found a problem.")
