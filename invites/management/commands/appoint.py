"""`manage.py appoint`: change a member's desk role from the command line."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from portal.accounts import members
from portal.actor import for_command
from portal.email_addresses import key_of
from portal.models import User
from portal.roles import DeskRole


class Command(BaseCommand):
    """For a workspace without an active administrator."""

    help = "Change the desk role of a member who has signed in before."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the member's e-mail address")
        parser.add_argument("role", choices=DeskRole.values)
        parser.add_argument("--workspace", type=UUID, help="its ID, if the address is in several workspaces")

    def handle(self, *args: Any, email: str, role: str, workspace: UUID | None, **options: Any) -> None:
        matches = User.objects.filter(email_key=key_of(email))
        users = list(matches.filter(workspace=workspace) if workspace else matches)
        if len(users) != 1:
            count = "More than one member" if users else "No member"
            raise CommandError(f"{count} has signed in with this address.")
        members.set_role(users[0], DeskRole(role), acting=for_command(users[0].workspace_id, "appoint"))
        self.stdout.write(f"{users[0].name} is now {role}.")
