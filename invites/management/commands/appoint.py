"""`manage.py appoint`: change a member's desk role from the command line."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from portal.accounts import members
from portal.actor import for_command
from portal.email_addresses import key_of
from portal.models import User
from portal.roles import DeskRole


class Command(BaseCommand):
    """For a workspace without an active administrator.

    It counts as the confirmation of a pending role: who runs it can change the database anyway.
    """

    help = "Change the desk role of a member who has signed in before."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("member", help="e-mail address or, as anyone can enter that, the ID in awork")
        parser.add_argument("role", choices=DeskRole.values)
        parser.add_argument("--workspace", type=UUID, help="its ID, if the address is in several workspaces")

    def handle(self, *args: Any, member: str, role: str, workspace: UUID | None, **options: Any) -> None:
        matches = User.objects.filter(_is(member))
        users = list(matches.filter(workspace=workspace) if workspace else matches)
        if len(users) != 1:
            count = "More than one member" if users else "No member"
            raise CommandError(f"{count} has signed in with this address.")
        [user] = users
        members.set_role(user, DeskRole(role), acting=for_command(user.workspace_id, "appoint"))
        self.stdout.write(f"{user.name} is now {role} (awork user {user.awork_id}, {user.email}).")


def _is(member: str) -> Q:
    try:
        return Q(awork_id=UUID(member))
    except ValueError:
        return Q(email_key=key_of(member))
