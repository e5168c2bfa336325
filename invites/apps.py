"""The invitation desk."""

from django.apps import AppConfig


class InvitesConfig(AppConfig):
    """Listens to sign-ins."""

    name = "invites"

    def ready(self) -> None:
        from invites.lookup import receivers  # noqa: F401
