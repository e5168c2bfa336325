"""Why the desk did not send an invitation, or cannot say whether awork did."""

from django.db import models


class Reason(models.TextChoices):
    """`Invitation.reason` holds one of these or a code of awork's; `invites.messages` has a text for each."""

    # awork's answer, where it came without a code
    REFUSED = "refused"
    FORBIDDEN = "no-right"
    NOT_FOUND = "not-there"

    # awork was not reached, or gave no clear answer
    RATE_LIMITED = "rate-limited"
    UNREACHABLE = "unreachable"
    FIREWALL = "firewall"
    NO_ANSWER = "no-answer"
    SIGN_IN_EXPIRED = "sign-in-expired"
    CLIENT_REJECTED = "client-rejected"

    # the desk did not ask awork to invite
    INTERRUPTED = "interrupted"
    TASK_UNREADABLE = "task-unreadable"
    TASK_PRIVATE = "task-private"
    PROJECT_CLOSED = "project-closed"
    TASK_BUSY = "task-busy"
    POLICY_CHANGED = "policy-changed"
    BATCH_STOPPED = "batch-stopped"
    ERASED = "erased"

    # why a batch pauses besides
    INVITER_RIGHT = "inviter-right"

    # what a check with awork could not settle, and the one finding that settles it without a guest
    UNKNOWN_ADDRESS = "unknown-address"
    TOO_EARLY = "too-early"
    USERS_HIDDEN = "cannot-see"
    NEW_ASSIGNEE_HIDDEN = "somebody-new"
    NOT_ON_TASK = "known-elsewhere"
    WAS_ASSIGNED = "was-assigned"
    NO_ACCESS = "no-access"

    # nothing was sent, and the form is shown once more
    LOOKUP_LIMIT = "too-often"
    FORM_OUTDATED = "outdated"
    FORM_ALREADY_SENT = "already-sent"
