"""Which accesses of a guest a person can end on the guest's page, and why others not."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from invites.endings.awork_rights import lacks_right, permissions_of
from invites.endings.create import targets
from invites.endings.reasons import MESSAGES, EndingReason
from invites.endings.rights import may_end
from invites.models import AWAY, EndingKind, Guest, GuestState
from portal.models import User
from portal.roles import Permission

LABELS: dict[EndingKind, Promise] = {
    EndingKind.TASK: _("Unassign from tasks"),
    EndingKind.PROJECT: _("Remove from the project"),
    EndingKind.WORKSPACE: _("Deactivate in awork"),
    EndingKind.ACTIVATION: _("Activate again"),
}
LACKS_RIGHT = _("Your role in awork doesn't allow you to deactivate or activate users.")
NOTHING_THERE: dict[EndingKind, Promise] = {
    EndingKind.TASK: _("The guest was not invited to a task from here."),
    EndingKind.PROJECT: _("The guest was not invited to a task of a project from here."),
}


@dataclass(frozen=True)
class Choice:
    """An access to end, the page that says what will happen, and why it isn't possible, if so."""

    kind: EndingKind
    label: Promise
    url: str
    problem: Promise | str = ""


def choices(guest: Guest, user: User) -> list[Choice]:
    """What the person may end by their desk role; nothing where awork has ended everything."""
    return [_choice(kind, guest, user) for kind in _kinds(guest) if _may(user, guest, kind)]


def _kinds(guest: Guest) -> list[EndingKind]:
    if guest.state == GuestState.ENDED:
        return [EndingKind.ACTIVATION]
    if guest.state in AWAY:
        return []
    return [EndingKind.TASK, EndingKind.PROJECT, EndingKind.WORKSPACE]


def _may(user: User, guest: Guest, kind: EndingKind) -> bool:
    if Permission.MANAGE_GUESTS in user.permissions:
        return True
    return any(may_end(user, guest, kind, target.id) for target in targets(guest, kind))


def _choice(kind: EndingKind, guest: Guest, user: User) -> Choice:
    return Choice(
        kind, LABELS[kind], reverse("guest-end", args=[guest.id, kind]), _problem(kind, guest, user)
    )


def _problem(kind: EndingKind, guest: Guest, user: User) -> Promise | str:
    if guest.awork_id is None:
        return MESSAGES[EndingReason.GUEST_UNKNOWN].text
    if not targets(guest, kind):
        return NOTHING_THERE.get(kind, "")
    if kind in {EndingKind.WORKSPACE, EndingKind.ACTIVATION} and lacks_right(kind, permissions_of(user)):
        return LACKS_RIGHT
    return ""
