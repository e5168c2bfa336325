"""The audit log, a Django app that does not depend on invitations."""

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    """Connects the portal's signals, installs the append-only triggers and registers checks."""

    name = "invites.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from invites.audit import receivers, sentences, target, triggers  # noqa: F401

        receivers.connect()
        post_migrate.connect(triggers.install, sender=self, dispatch_uid="audit")
        register(triggers.check, Tags.database)
        register(target.check, deploy=True)
