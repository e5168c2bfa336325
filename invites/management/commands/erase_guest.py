"""`manage.py erase_guest`: erase a guest's personal data in all workspaces."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from invites.sending.compaction import compact
from invites.sending.erase import GuestNotFound, InvitationInProgress, erase
from portal.actor import PORTAL_WORKSPACE, for_command
from portal.email_addresses import key_of
from portal.models import Workspace

REMAINS = (
    "Deleted rows remain in the database's files, since another process still reads the database as it was. "
    "Run this command again when it has ended."
)


class Command(BaseCommand):
    """Asks to repeat the address and for a reason, unless both are given."""

    help = "Erase a guest's personal data from invitations and the audit log, in all workspaces."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the guest's e-mail address")
        parser.add_argument("--confirm", metavar="EMAIL", help="the same address, to skip the prompt")
        parser.add_argument("--reason", help="the reason, to skip the prompt; it is stored in the audit log")

    def handle(self, *args: Any, email: str, confirm: str | None, reason: str | None, **options: Any) -> None:
        confirm = confirm or input("Repeat the address: ")
        if key_of(confirm) != key_of(email):
            raise CommandError("The two addresses differ. Nothing was erased.")
        reason = reason or input("Reason: ").strip()
        if not reason:
            raise CommandError("A reason is required. Nothing was erased.")
        chains: list[UUID] = [*Workspace.objects.values_list("id", flat=True), PORTAL_WORKSPACE]
        try:
            erasure = erase(
                email, workspaces=chains, by=for_command(PORTAL_WORKSPACE, "erase_guest"), reason=reason
            )
        except InvitationInProgress:
            raise CommandError(
                "This guest, or another to the same task, is being invited. Retry in a minute."
            ) from None
        except GuestNotFound:  # perhaps since an earlier run has erased them
            text = "Nothing is known about this address."
            raise CommandError(text if compact() else f"{text} {REMAINS}") from None
        self.stdout.write(f"Erased. The pseudonym is {erasure.event.details['pseudonym']}.")
        if erasure.rows_remain:
            raise CommandError(REMAINS)
