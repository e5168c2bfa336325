"""Portal roles, and what each of them may do."""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Permission(StrEnum):
    """What a view can ask for; every view names one, or says that it needs none."""

    INVITE = "invite"
    SEE_ALL = "see-all"  # all invitations of the workspace
    AUDIT = "audit"  # read, export and verify the log
    ADMINISTER = "administer"  # people, policy, erasure


class DeskRole(models.TextChoices):
    """What somebody is here; awork's own roles are another matter."""

    MANAGER = "manager", _("Manager")
    LEAD = "lead", _("Lead")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")


ROLE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    DeskRole.MANAGER: frozenset({Permission.INVITE}),
    DeskRole.LEAD: frozenset({Permission.INVITE, Permission.SEE_ALL}),
    DeskRole.AUDITOR: frozenset({Permission.SEE_ALL, Permission.AUDIT}),
    DeskRole.ADMINISTRATOR: frozenset(Permission),
}
