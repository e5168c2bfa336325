"""The closed catalogue of what the audit log records."""

from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]


class EventType(TextChoices):
    """All types of events; values never change, since the chain holds them.

    Each has a sentence in `sentences`, and a kind in `invites.stream.ocsf`.
    """

    SIGNED_IN = "signed-in", _("Signed in")
    SIGNED_OUT = "signed-out", _("Signed out")
    SIGN_IN_REFUSED = "sign-in-refused", _("Sign-in refused")
    SESSION_EXPIRED = "session-expired", _("Session expired")
    INVITATION_REQUESTED = "invitation-requested", _("Invitation requested")
    INVITATION_SENT = "invitation-sent", _("Invitation sent")
    INVITATION_REFUSED = "invitation-refused", _("Invitation refused")
    INVITATION_NOT_SENT = "invitation-not-sent", _("Invitation not sent")
    INVITATION_UNCLEAR = "invitation-unclear", _("Invitation unclear")
    INVITATION_CHECKED = "invitation-checked", _("Invitation checked")
    INVITATION_SETTLED = "invitation-settled", _("Invitation settled")
    INVITATION_DISMISSED = "invitation-dismissed", _("Invitation dismissed")
    ASSIGNEES_KEPT = "team-kept", _("Assignees kept")
    ASSIGNEES_RESTORED = "team-restored", _("Assignees restored")
    ASSIGNEES_NOT_RESTORED = "team-not-restored", _("Assignees not restored")
    ASSIGNEES_REPLACED = "team-replaced", _("Assignees replaced")
    ASSIGNEES_RELEASED = "team-released", _("Assignees unassigned")
    COMMENT_REQUESTED = "comment-requested", _("Comment requested")
    COMMENT_POSTED = "comment-posted", _("Comment posted")
    COMMENT_NOT_POSTED = "comment-not-posted", _("Comment not posted")
    COMMENT_UNCLEAR = "comment-unclear", _("Comment unclear")
    GUEST_ASSIGNMENT_REQUESTED = "guest-assignment-requested", _("Guest assignment requested")
    GUEST_ASSIGNED = "guest-assigned", _("Guest assigned")
    GUEST_NOT_ASSIGNED = "guest-not-assigned", _("Guest not assigned")
    GUEST_ASSIGNMENT_UNCLEAR = "guest-assignment-unclear", _("Guest assignment unclear")
    GUEST_PENDING = "guest-pending", _("Guest pending")
    GUEST_JOINED = "guest-joined", _("Guest joined")
    GUEST_ENDED = "guest-ended", _("Guest deactivated")
    GUEST_MOVED = "guest-moved", _("Guest moved to Connect")
    GUEST_GONE = "guest-gone", _("Guest gone")
    GUEST_HANDED_OVER = "guest-handed-over", _("Guest handed over")
    GUEST_END_DATE_SET = "guest-end-date-set", _("Guest's end date set")
    GUEST_END_DATE_REMOVED = "guest-end-date-removed", _("Guest's end date removed")
    ENDING_REQUESTED = "ending-requested", _("End of access requested")
    ENDING_WAITING = "ending-waiting", _("End of access waits")
    ENDING_DONE = "ending-done", _("Access ended")
    ENDING_REFUSED = "ending-refused", _("End of access refused")
    ENDING_NOT_DONE = "ending-not-done", _("Access not ended")
    ENDING_UNCLEAR = "ending-unclear", _("End of access unclear")
    ENDING_CHECKED = "ending-checked", _("End of access checked")
    ENDING_SETTLED = "ending-settled", _("End of access settled")
    ACTIVATION_REQUESTED = "activation-requested", _("Activation requested")
    ACTIVATION_WAITING = "activation-waiting", _("Activation waits")
    ACTIVATION_DONE = "activation-done", _("Guest activated again")
    ACTIVATION_REFUSED = "activation-refused", _("Activation refused")
    ACTIVATION_NOT_DONE = "activation-not-done", _("Guest not activated")
    ACTIVATION_UNCLEAR = "activation-unclear", _("Activation unclear")
    ACTIVATION_CHECKED = "activation-checked", _("Activation checked")
    ACTIVATION_SETTLED = "activation-settled", _("Activation settled")
    GUEST_END_WARNED = "guest-end-warned", _("Warned before a guest's end date")
    GUEST_END_DATE_PASSED = "guest-end-date-passed", _("Guest's end date passed")
    GUESTS_EXPORTED = "guests-exported", _("Guests exported")
    REVIEW_STARTED = "review-started", _("Review started")
    GUEST_REVIEWED = "guest-reviewed", _("Guest reviewed")
    REVIEW_CLOSED = "review-closed", _("Review closed")
    REVIEW_EXPORTED = "review-exported", _("Review exported")
    BATCH_STARTED = "batch-started", _("Batch started")
    BATCH_PAUSED = "batch-paused", _("Batch paused")
    BATCH_RESUMED = "batch-resumed", _("Batch resumed")
    BATCH_STOPPED = "batch-stopped", _("Batch stopped")
    BATCH_FINISHED = "batch-finished", _("Batch finished")
    ATTEMPT_REFUSED = "attempt-refused", _("Attempt refused")
    ROLE_CHANGED = "rights-changed", _("Desk role changed")
    ROLE_CONFIRMED = "role-confirmed", _("Desk role confirmed")
    ROLE_REJECTED = "role-rejected", _("Desk role rejected")
    SETTINGS_CHANGED = "settings-changed", _("Settings changed")
    EXPORTED = "exported", _("Log exported")
    INVITATIONS_EXPORTED = "invitations-exported", _("Invitations exported")
    VERIFIED = "verified", _("Log verified")
    ERASED = "erased", _("Personal data erased")
    RESTORED = "restored", _("Backup restored")
    FEED_KEY_CREATED = "feed-key-created", _("Key of a feed created")
    FEED_KEY_REVOKED = "feed-key-revoked", _("Key of a feed revoked")
    FEED_READ = "feed-read", _("Feed read")
    API_TOKEN_CREATED = "api-token-created", _("API token created")
    API_TOKEN_REVOKED = "api-token-revoked", _("API token revoked")
    LOG_READ = "log-read", _("Log read by another system")
    KEY_ROTATED = "audit-key-rotated", _("Audit key rotated")
    WEBHOOK_ADDED = "webhook-added", _("Webhook added")
    WEBHOOK_CHANGED = "webhook-changed", _("Webhook changed")
    WEBHOOK_REMOVED = "webhook-removed", _("Webhook removed")
    WEBHOOK_PARKED = "webhook-parked", _("Webhook parked")
    AWORK_UPDATES = "awork-updates", _("Updates from awork")


def event_types() -> list[tuple[str, Any]]:
    """The choices of `Event.type`: as a callable, a new type needs no migration."""
    return EventType.choices


class PortalRule(TextChoices):
    """The portal's own rules among those of `details["rule"]` of ATTEMPT_REFUSED."""

    PERMISSION = "right", _("the person's desk role doesn't allow this")
    RATE_LIMIT = "limit", _("too often in a short time")


class Evidence(TextChoices):
    """What settled an unclear invitation: `details["evidence"]` of INVITATION_SETTLED."""

    ASSIGNEE = "assignee", _("the address is on the task")
    HISTORY = "history", _("the history of the task shows it")
    UNKNOWN_ADDRESS = "unknown address", _("awork knows no such address")
    NOT_ASKED = "not asked", _("awork was never asked")
    ANSWER = "answer", _("awork had confirmed it")
    COMMENTS = "comments", _("the comments on the task show it")


class Access(TextChoices):
    """Whose access to awork showed the evidence: `details["access"]`."""

    API_KEY = "API key", _("seen with the API key")
    INVITER = "inviter", _("seen as the inviter")
    USER = "user", _("seen with the access that was used")
    READER = "reader", _("seen as the reader of the record")
