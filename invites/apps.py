"""The invitation desk."""

from django.apps import AppConfig


class InvitesConfig(AppConfig):
    """Nothing to set up yet."""

    name = "invites"
