"""Runs the management commands in its arguments in one process, and prints the exit code of each.

Before, a member signs in to the desk of the settings.
"""

import shlex
import sys


def main() -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import CommandError, call_command
    from django.db import transaction

    from invites.audit.catalogue import EventType
    from invites.audit.record import record
    from portal.actor import for_command
    from portal.models import User, Workspace

    workspace = Workspace.objects.create(id=settings.AWORK_WORKSPACES[0], name="Studio")
    User.objects.create(workspace=workspace, awork_id=workspace.id, email="ada@studio.example")
    with transaction.atomic():
        record(EventType.SIGNED_IN, by=for_command(workspace.id, "test"))
    for command in sys.argv[1:]:
        try:
            call_command(*shlex.split(command))
            code = 0
        except CommandError as problem:
            print(problem)
            code = problem.returncode
        except SystemExit as ended:
            code = int(ended.code or 0)
        print(f"exit code of {command}: {code}")


if __name__ == "__main__":
    main()
