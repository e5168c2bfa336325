"""The invitation desk."""

from django.apps import AppConfig


class InvitesConfig(AppConfig):
    """Listens to sign-ins, and tells the audit log how to show what it records of them."""

    name = "invites"

    def ready(self) -> None:
        from invites import event_facts
        from invites.lookup import receivers  # noqa: F401

        event_facts.register()
