"""Prepares a database for the code in the current directory, in one process: `prepare.py [EVENT TYPE]`.

Migrates it, collects static files if there are none, and records an event of this unknown type.
"""

import sys
from pathlib import Path
from uuid import uuid4


def main() -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import transaction

    call_command("migrate", verbosity=0)
    if not Path(settings.STATIC_ROOT).exists():
        call_command("collectstatic", interactive=False, verbosity=0)
    for type in sys.argv[1:]:
        from invites.audit import chain
        from invites.audit.models import Event

        with transaction.atomic():
            chain.append(Event(workspace=settings.AWORK_WORKSPACES[0], type=type, request_id=uuid4()))


if __name__ == "__main__":
    main()
