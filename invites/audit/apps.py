"""The audit log: an app of its own, which knows nothing of invitations."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Nothing to set up yet."""

    name = "invites.audit"
    label = "audit"
