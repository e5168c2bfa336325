"""Portal roles, and what each of them may do."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Right(models.TextChoices):
    """What a view can ask for; every view names one, or says that it needs none."""

    INVITE = "invite", _("invite guests")
    SEE_ALL = "see-all", _("see all invitations of the workspace")
    AUDIT = "audit", _("read, export and verify the audit log")
    ADMINISTER = "administer", _("look after people, policy and erasure")


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
