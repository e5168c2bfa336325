"""Desk roles and their permissions."""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Permission(StrEnum):
    """What a view can require."""

    INVITE = "invite"
    SEE_ALL = "see-all"  # all invitations of the workspace
    MANAGE_GUESTS = "manage-guests"  # hand guests over to other sponsors, end any access of theirs
    AUDIT = "audit"  # read, export and verify the log
    ADMINISTER = "administer"  # members, policy, erasure


class DeskRole(models.TextChoices):
    """The role of a member in the desk, independent of their role in awork."""

    MANAGER = "manager", _("Manager")
    LEAD = "lead", _("Lead")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")


ROLE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    DeskRole.MANAGER: frozenset({Permission.INVITE}),
    DeskRole.LEAD: frozenset({Permission.INVITE, Permission.SEE_ALL, Permission.MANAGE_GUESTS}),
    DeskRole.AUDITOR: frozenset({Permission.SEE_ALL, Permission.AUDIT}),
    DeskRole.ADMINISTRATOR: frozenset(Permission),
}
