"""Portal roles, and what each of them may do."""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Right(StrEnum):
    """What a view can ask for; every view names one, or says that it needs none."""

    INVITE = "invite"
    SEE_ALL = "see-all"  # all invitations of the workspace
    AUDIT = "audit"  # read, export and verify the log
    ADMINISTER = "administer"  # people, policy, erasure


class PortalRole(models.TextChoices):
    """What somebody is here; awork's own roles are another matter."""

    MANAGER = "manager", _("Manager")
    LEAD = "lead", _("Lead")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")


RIGHTS: dict[str, frozenset[Right]] = {
    PortalRole.MANAGER: frozenset({Right.INVITE}),
    PortalRole.LEAD: frozenset({Right.INVITE, Right.SEE_ALL}),
    PortalRole.AUDITOR: frozenset({Right.SEE_ALL, Right.AUDIT}),
    PortalRole.ADMINISTRATOR: frozenset(Right),
}
