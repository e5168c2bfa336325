"""Ends the access of the last guest in a running desk: `python -m tests.faults.start_ending`.

As the page saves it, in a process of its own with the desk's environment, for a worker to send.
"""


def main() -> None:
    import django

    django.setup()
    from invites.endings.create import create
    from invites.models import EndingCause, EndingKind, Guest
    from portal import actor

    guest = Guest.objects.latest("invited_at")
    paula = guest.invitation.inviter
    create(guest, EndingKind.TASK, user=paula, by=actor.for_user(paula), cause=EndingCause.PERSON)


if __name__ == "__main__":
    main()
