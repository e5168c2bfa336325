"""Who acts where a command is typed at the machine itself."""

import getpass
from uuid import UUID

from portal.actor import Actor


def operator(workspace: UUID, command: str) -> Actor:
    """The account of the machine, as the actor of what a command records."""
    try:
        account = getpass.getuser()
    except (KeyError, OSError):
        account = "?"
    return Actor(
        workspace=workspace, id=None, name=f"{account} (manage.py {command})", email="", address="", agent=""
    )
