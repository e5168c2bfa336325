"""The audit log: an app of its own, which knows nothing of invitations."""

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    """Listens to the portal's signals, and keeps the log append-only."""

    name = "invites.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from invites.audit import receivers, sentences, triggers  # noqa: F401

        receivers.connect()
        post_migrate.connect(triggers.install, sender=self, dispatch_uid="audit")
        register(triggers.check, Tags.database)
