"""How an invitation went, and what the next step can be, for the pages that show it."""

from typing import Any

from django.http import QueryDict

from invites.forms import EndField, InviteForm
from invites.messages import message_for
from invites.models import Invitation, Reason, State, TaskComment
from invites.preview import missing_names

TONES = {State.SENT: "success", State.UNCLEAR: "warning", State.REQUESTED: "info", State.QUEUED: "info"}


def outcome_context(invitation: Invitation) -> dict[str, Any]:
    """The outcome, and the query strings of the form for the next step."""
    return {
        "invitation": invitation,
        "code": "" if invitation.reason in Reason.values else invitation.reason,
        "reason": message_for(invitation.reason) if invitation.reason else None,
        "tone": TONES.get(State(invitation.state), "danger"),
        "missing": missing_names(invitation),
        "comment": TaskComment.not_erased().filter(invitation=invitation.pk).first(),
        "same_task": _same_task(invitation),
        "same_form": form_data(invitation),
    }


def form_data(invitation: Invitation) -> QueryDict:
    """The form as it was filled in for this invitation."""
    fields = _same_task(invitation)
    for name in InviteForm.copied_fields():
        fields[name] = getattr(invitation, name)
    fields["ends_on"] = invitation.ends_on.isoformat() if invitation.ends_on else EndField.NONE
    if comment := TaskComment.objects.filter(invitation=invitation).first():
        fields["comment"], fields["comment_hidden"] = comment.text, "on" if comment.is_hidden else ""
    fields["keep_assignees"] = "on" if invitation.keep_assignees else "off"
    return fields


def _same_task(invitation: Invitation) -> QueryDict:
    """The form for another guest to the same task, with the same role."""
    fields = QueryDict(mutable=True)
    fields["task"], fields["role"] = str(invitation.task_id), str(invitation.role_id)
    return fields
