"""Invitations, what they may be made of, and the rules for them."""

from invites.models.invitation import (
    HOLDING,
    INCOMPLETE,
    NOTHING_SENT,
    UNDECIDED,
    Invitation,
    State,
    Step,
    Team,
)
from invites.models.policy import PolicyVersion
from invites.models.role import RoleOption

__all__ = [
    "HOLDING",
    "INCOMPLETE",
    "NOTHING_SENT",
    "UNDECIDED",
    "Invitation",
    "PolicyVersion",
    "RoleOption",
    "State",
    "Step",
    "Team",
]
