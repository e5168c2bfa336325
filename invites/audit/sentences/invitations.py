"""Sentences about invitations, with their assignees and comments."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from invites.audit.catalogue import EventType
from invites.audit.presenters import EventPresenter, presents, says
from portal.language import grouped

UNCHECKED = "unchecked"  # the outcome where nothing is known about the assignees

says(
    {
        EventType.INVITATION_SENT: gettext_lazy(
            "%(actor)s invited %(guest)s to %(task)s as %(role)s. awork confirmed it."
        ),
        EventType.INVITATION_REFUSED: gettext_lazy(
            "awork refused to invite %(guest)s to %(task)s for %(actor)s: %(reason)s"
        ),
        EventType.INVITATION_NOT_SENT: gettext_lazy(
            "The invitation of %(guest)s to %(task)s by %(actor)s was not sent: %(reason)s"
        ),
        EventType.INVITATION_UNCLEAR: gettext_lazy(
            "It's unclear whether awork invited %(guest)s to %(task)s for %(actor)s: %(reason)s"
        ),
        EventType.INVITATION_CHECKED: gettext_lazy(
            "%(actor)s checked with awork whether %(guest)s was invited to %(task)s. "
            "It's still unclear: %(reason)s"
        ),
        EventType.INVITATION_DISMISSED: gettext_lazy(
            "%(actor)s dismissed the invitation of %(guest)s to %(task)s."
        ),
        EventType.ASSIGNEES_KEPT: gettext_lazy("Everyone who was assigned to %(task)s stayed assigned."),
        EventType.ASSIGNEES_REPLACED: gettext_lazy(
            "%(guest)s replaced %(assignees)s on %(task)s, which can have one assignee only."
        ),
        EventType.GUEST_ASSIGNMENT_REQUESTED: gettext_lazy(
            "%(actor)s asked to assign %(guest)s to %(task)s."
        ),
        EventType.GUEST_ASSIGNED: gettext_lazy("%(actor)s assigned %(guest)s to %(task)s."),
        EventType.GUEST_ASSIGNMENT_UNCLEAR: gettext_lazy(
            "Whether %(guest)s was assigned to %(task)s for %(actor)s is unclear."
        ),
        EventType.COMMENT_REQUESTED: gettext_lazy(
            "%(actor)s wants a comment about %(guest)s on %(task)s, once the invitation is sent."
        ),
        EventType.COMMENT_UNCLEAR: gettext_lazy(
            "It's unclear whether awork posted the comment about %(guest)s on %(task)s."
        ),
    }
)


@presents(EventType.INVITATION_REQUESTED)
def invitation_requested(event: EventPresenter) -> str:
    attempt = event.event.details.get("attempt")
    if not isinstance(attempt, int):
        return _("%(actor)s asked to invite %(guest)s to %(task)s as %(role)s.") % event.invitation
    text = _("%(actor)s retried the invitation of %(guest)s to %(task)s as %(role)s (attempt %(attempt)s).")
    return text % {**event.invitation, "attempt": attempt}


@presents(EventType.INVITATION_SETTLED)
def invitation_settled(event: EventPresenter) -> str:
    text = _("The invitation of %(guest)s to %(task)s turned out to be: %(outcome)s (%(proof)s).")
    if event.asked_awork:
        text = _(
            "%(actor)s checked with awork. "
            "The invitation of %(guest)s to %(task)s turned out to be: %(outcome)s (%(proof)s)."
        )
    return text % {**event.invitation, "outcome": event.outcome_label.lower(), "proof": event.proof}


@presents(EventType.INVITATIONS_EXPORTED)
def invitations_exported(event: EventPresenter) -> str:
    rows = event.event.details.get("rows")
    rows = rows if isinstance(rows, int) else 0
    text = ngettext(
        "%(actor)s exported %(rows)s invitation.", "%(actor)s exported %(rows)s invitations.", rows
    )
    return text % {"actor": event.actor, "rows": grouped(rows)}


@presents(EventType.ASSIGNEES_RESTORED)
def assignees_restored(event: EventPresenter) -> str:
    if event.event.details.get("ending"):
        text = ngettext(
            "%(assignees)s was reassigned to %(task)s after %(guest)s was unassigned.",
            "%(assignees)s were reassigned to %(task)s after %(guest)s was unassigned.",
            event.assignee_count,
        )
        return text % event.invitation
    text = ngettext(
        "%(assignees)s was reassigned to %(task)s after the invitation of %(guest)s.",
        "%(assignees)s were reassigned to %(task)s after the invitation of %(guest)s.",
        event.assignee_count,
    )
    return text % event.invitation


@presents(EventType.ASSIGNEES_NOT_RESTORED)
def assignees_not_restored(event: EventPresenter) -> str:
    text = _("%(assignees)s could not be reassigned to %(task)s after the invitation of %(guest)s.")
    if event.event.outcome == UNCHECKED:
        text = _("We couldn't check who was still assigned to %(task)s after the invitation of %(guest)s.")
    elif event.event.details.get("ending"):
        text = _("%(assignees)s could not be reassigned to %(task)s after %(guest)s was unassigned.")
    return text % event.invitation


@presents(EventType.ASSIGNEES_RELEASED)
def assignees_released(event: EventPresenter) -> str:
    text = ngettext(
        "%(assignees)s was unassigned from %(task)s by the invitation of %(guest)s.",
        "%(assignees)s were unassigned from %(task)s by the invitation of %(guest)s.",
        event.assignee_count,
    )
    return text % event.invitation


@presents(EventType.GUEST_NOT_ASSIGNED)
def guest_not_assigned(event: EventPresenter) -> str:
    text = _("%(guest)s was not assigned to %(task)s for %(actor)s (%(reason)s).")
    return text % {**event.invitation, "reason": event.reason}


@presents(EventType.COMMENT_POSTED)
def comment_posted(event: EventPresenter) -> str:
    if event.event.details.get("evidence"):
        return _("The comment about %(guest)s is on %(task)s: %(proof)s.") % {
            **event.invitation,
            "proof": event.proof,
        }
    return _("%(actor)s commented on %(task)s about %(guest)s. awork confirmed it.") % event.invitation


@presents(EventType.COMMENT_NOT_POSTED)
def comment_not_posted(event: EventPresenter) -> str:
    if event.event.outcome == "refused":
        return _("awork refused the comment about %(guest)s on %(task)s.") % event.invitation
    return _("The comment about %(guest)s was not posted on %(task)s.") % event.invitation
