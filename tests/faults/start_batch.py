"""Starts a batch in a running desk: `python -m tests.faults.start_batch`, with the lines as JSON on stdin.

As the page does it, in a process of its own with the desk's environment; prints the batch's id.
"""

import json
import sys
from uuid import uuid4


def main() -> None:
    import django

    django.setup()
    from invites.batches.create import create_batch
    from invites.models import Batch
    from portal import actor
    from portal.awork.client import Client
    from portal.awork.tokens import background_client, client_for
    from portal.models import User
    from tests.invites.factories import new_invitation

    paula = User.objects.get(first_name="Paula")
    reader: Client | None = background_client()
    assert reader
    guest = next(role for role in reader.roles() if role.is_guest)
    lines, client = json.load(sys.stdin), client_for(paula)
    tasks = {key: client.task_by_key(key) for key, _ in lines}
    invitations = [new_invitation(paula, tasks[key], guest, email=email) for key, email in lines]
    batch = Batch(form_key=uuid4(), workspace=paula.workspace, inviter=paula)
    create_batch(batch, invitations, by=actor.for_user(paula))
    print(batch.id)


if __name__ == "__main__":
    main()
