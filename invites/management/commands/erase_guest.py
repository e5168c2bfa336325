"""Erase a guest from all workspaces."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from invites.sending.erase import NothingKnown, StillSending, erase
from portal.actor import PORTAL_WORKSPACE, for_command
from portal.email_addresses import key_of
from portal.models import Workspace


class Command(BaseCommand):
    """Asks for the address again and for a reason, unless both are given."""

    help = "Erase what is known of a guest from invitations and from the audit log, in all workspaces."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the guest's address")
        parser.add_argument("--again", metavar="EMAIL", help="the address again, instead of being asked")
        parser.add_argument("--reason", help="the reason, instead of being asked; it stays in the log")

    def handle(self, *args: Any, email: str, again: str | None, reason: str | None, **options: Any) -> None:
        again = again or input("The address again: ")
        if key_of(again) != key_of(email):
            raise CommandError("The two addresses differ. Nothing was erased.")
        reason = reason or input("Reason: ").strip()
        if not reason:
            raise CommandError("A reason is needed. Nothing was erased.")
        chains: list[UUID] = [*Workspace.objects.values_list("id", flat=True), PORTAL_WORKSPACE]
        try:
            event = erase(
                email, workspaces=chains, by=for_command(PORTAL_WORKSPACE, "erase_guest"), reason=reason
            )
        except StillSending:
            raise CommandError(
                "An invitation to this address is on its way. Try again in a minute."
            ) from None
        except NothingKnown:
            raise CommandError("Nothing is known of this address.") from None
        self.stdout.write(f"Erased. From now on it reads {event.details['pseudonym']}.")
