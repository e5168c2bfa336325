"""What each type of event says: one sentence a type, registered with its presenter."""

from invites.audit.sentences import batches, desk, guests, integrations, invitations, members  # noqa: F401
