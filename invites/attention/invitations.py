"""Invitations that need attention: the same ones as on `/invitations/?state=attention`, in three kinds."""

from functools import partial

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invites.attention.source import Item, Source, key_of
from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.filters import ATTENTION
from invites.messages import message_for
from invites.models import Invitation, State, outcome
from portal.actor import Actor
from portal.models import User
from portal.roles import Permission


def unsettled(user: User) -> QuerySet[Invitation]:
    """Invitations that awork may have sent."""
    return _visible(user).filter(Invitation.unsettled())


def with_missing_assignees(user: User) -> QuerySet[Invitation]:
    """Invitations whose assignees were not restored."""
    return _visible(user).filter(Invitation.with_missing_assignees())


def to_retry(user: User) -> QuerySet[Invitation]:
    """Invitations that were refused or not sent."""
    return _visible(user).filter(Invitation.to_retry())


def _visible(user: User) -> QuerySet[Invitation]:
    return Invitation.visible_to(user).select_related("inviter").order_by("attempted_at", "id")


def _item(kind: str, invitation: Invitation, user: User) -> Item:
    facts = {"guest": invitation.guest_name, "task": invitation.task_key or invitation.task_name}
    return Item(
        key=key_of(kind, invitation, invitation.attempted_at),
        title=_("%(guest)s, invited to %(task)s") % facts,
        detail=_detail(kind, invitation, user),
        since=invitation.attempted_at,
        url=invitation.get_absolute_url(),
        action=_action(kind, invitation, user),
        dismiss_url=_dismiss_url(invitation, user),
    )


def _detail(kind: str, invitation: Invitation, user: User) -> str:
    texts = {
        "unclear": _("awork may have sent the invitation."),
        "assignees": invitation.get_assignees_state_display(),
        "not-sent": str(message_for(invitation.reason).text) if invitation.reason else "",
    }
    by = "" if invitation.inviter_id == user.pk else _("Invited by %(name)s") % {"name": invitation.inviter}
    return " · ".join(filter(None, [texts[kind].rstrip("."), by]))


def _action(kind: str, invitation: Invitation, user: User) -> str:
    if kind == "unclear":
        return _("Check with awork")
    if kind == "assignees" and Permission.INVITE in user.permissions:
        return _("Restore assignees")
    if kind == "not-sent" and invitation.inviter_id == user.pk:
        return _("Retry")
    return _("View")


def _dismiss_url(invitation: Invitation, user: User) -> str:
    if invitation.state == State.REQUESTED or Permission.INVITE not in user.permissions:
        return ""
    return reverse("invitation-dismiss", args=[invitation.id])


@transaction.atomic
def dismiss(invitation: Invitation, *, by: Actor) -> bool:
    """Let the invitation need no attention until its outcome changes; False if it needs none."""
    found = Invitation.objects.filter(Invitation.needing_attention(), pk=invitation.pk)
    if not found.exclude(state=State.REQUESTED).update(dismissed=outcome()):
        return False
    record(EventType.INVITATION_DISMISSED, by=by, snapshot=invitation.snapshot, outcome=invitation.state)
    return True


def _list() -> str:
    return reverse("invitations", query={"state": ATTENTION})


SOURCES = (
    Source("unclear", gettext_lazy("Unclear invitations"), unsettled, partial(_item, "unclear"), _list),
    Source(
        "assignees",
        gettext_lazy("Assignees not restored"),
        with_missing_assignees,
        partial(_item, "assignees"),
        _list,
    ),
    Source(
        "not-sent",
        gettext_lazy("Invitations refused or not sent"),
        to_retry,
        partial(_item, "not-sent"),
        _list,
    ),
)
