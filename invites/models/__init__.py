"""Invitations, batches, guests, endings, reviews, policy versions, workers, and what other systems use."""

from invites.models.api_token import ApiToken
from invites.models.awork_updates import AworkUpdates
from invites.models.batch import ONE_BATCH_FOR_EACH_FORM, OPEN_BATCH_STATES, Batch, BatchState
from invites.models.ending import (
    ONE_ENDING_FOR_EACH_FORM,
    ONE_OPEN_ENDING,
    OPEN_ENDINGS,
    Ending,
    EndingCause,
    EndingKind,
    EndingState,
)
from invites.models.feed_key import Feed, FeedKey
from invites.models.guest import AWAY, END_FIELDS, EndState, Guest, GuestState
from invites.models.invitation import (
    ACTIVE_STATES,
    ASSIGNEE_FIELDS,
    ONE_ACTIVE,
    ONE_FOR_EACH_FORM,
    REFUSED_LATELY,
    RETRYABLE_STATES,
    UNRESTORED,
    UNSETTLED_STATES,
    AssigneesState,
    Invitation,
    State,
    Step,
    outcome,
)
from invites.models.policy import PolicyVersion
from invites.models.reason import Reason
from invites.models.review import Decision, Review, ReviewItem, ReviewState, Unanswered
from invites.models.role import RoleOption
from invites.models.sponsor import is_sponsor, sponsors
from invites.models.task_comment import TaskComment
from invites.models.warning_mail import MailState, WarningMail
from invites.models.webhook import Webhook
from invites.models.worker import DutyRun, WorkerProcess

__all__ = [
    "ACTIVE_STATES",
    "ASSIGNEE_FIELDS",
    "AWAY",
    "END_FIELDS",
    "ONE_ACTIVE",
    "ONE_BATCH_FOR_EACH_FORM",
    "ONE_ENDING_FOR_EACH_FORM",
    "ONE_FOR_EACH_FORM",
    "ONE_OPEN_ENDING",
    "OPEN_BATCH_STATES",
    "OPEN_ENDINGS",
    "REFUSED_LATELY",
    "RETRYABLE_STATES",
    "UNRESTORED",
    "UNSETTLED_STATES",
    "ApiToken",
    "AssigneesState",
    "AworkUpdates",
    "Batch",
    "BatchState",
    "Decision",
    "DutyRun",
    "EndState",
    "Ending",
    "EndingCause",
    "EndingKind",
    "EndingState",
    "Feed",
    "FeedKey",
    "Guest",
    "GuestState",
    "Invitation",
    "MailState",
    "PolicyVersion",
    "Reason",
    "Review",
    "ReviewItem",
    "ReviewState",
    "RoleOption",
    "State",
    "Step",
    "TaskComment",
    "Unanswered",
    "WarningMail",
    "Webhook",
    "WorkerProcess",
    "is_sponsor",
    "outcome",
    "sponsors",
]
