"""Invitations, the roles of a workspace, the versions of its policy, and the background workers."""

from invites.models.invitation import (
    ACTIVE_STATES,
    ASSIGNEE_FIELDS,
    RETRYABLE_STATES,
    UNRESTORED,
    UNSETTLED_STATES,
    AssigneesState,
    Invitation,
    State,
    Step,
)
from invites.models.policy import PolicyVersion
from invites.models.reason import Reason
from invites.models.role import RoleOption
from invites.models.worker import DutyRun, WorkerProcess

__all__ = [
    "ACTIVE_STATES",
    "ASSIGNEE_FIELDS",
    "RETRYABLE_STATES",
    "UNRESTORED",
    "UNSETTLED_STATES",
    "AssigneesState",
    "DutyRun",
    "Invitation",
    "PolicyVersion",
    "Reason",
    "RoleOption",
    "State",
    "Step",
    "WorkerProcess",
]
