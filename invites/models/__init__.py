"""Invitations, the roles of a workspace, and the versions of its policy."""

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

__all__ = [
    "ACTIVE_STATES",
    "ASSIGNEE_FIELDS",
    "RETRYABLE_STATES",
    "UNRESTORED",
    "UNSETTLED_STATES",
    "AssigneesState",
    "Invitation",
    "PolicyVersion",
    "Reason",
    "RoleOption",
    "State",
    "Step",
]
