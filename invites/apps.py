"""The invitation desk."""

from django.apps import AppConfig


class InvitesConfig(AppConfig):
    """Listens to sign-ins, and gives the audit log the labels of the policy's rules."""

    name = "invites"

    def ready(self) -> None:
        from invites.audit.presenters import register_labels
        from invites.lookup import receivers  # noqa: F401
        from invites.policy.describe import RULE_LABELS

        register_labels("rule", RULE_LABELS)
