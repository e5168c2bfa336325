"""Make somebody something else at the machine itself: where nobody is left who could do it on a page."""

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
    """For a workspace whose administrators have all gone without signing in again."""

    help = "Give a member another role in the portal; they have to have signed in once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the member's address")
        parser.add_argument("role", choices=DeskRole.values)
        parser.add_argument("--workspace", type=UUID, help="its id, where the address is in several")

    def handle(self, *args: Any, email: str, role: str, workspace: UUID | None, **options: Any) -> None:
        found = User.objects.filter(email_key=key_of(email))
        users = list(found.filter(workspace=workspace) if workspace else found)
        if len(users) != 1:
            who = "More than one member has" if users else "Nobody has"
            raise CommandError(f"{who} signed in with this address.")
        members.set_role(users[0], DeskRole(role), acting=for_command(users[0].workspace_id, "appoint"))
        self.stdout.write(f"{users[0].name} is {role} from now on.")
