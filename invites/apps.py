"""The invitation desk."""

from django.apps import AppConfig


class InvitesConfig(AppConfig):
    """Listens to sign-ins, and gives the audit log the labels of the policy's rules."""

    name = "invites"

    def ready(self) -> None:
        from invites.audit.catalogue import Rule
        from invites.audit.presenters import register_labels
        from invites.lookup import receivers  # noqa: F401

        register_labels("rule", Rule)
