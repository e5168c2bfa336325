"""What an address that awork knows means for an invitation: a sentence and the next step for each state."""

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invites.lookup.awork import Sight
from invites.lookup.people import Address, AddressState
from invites.lookup.tasks import task_url
from invites.models import Invitation
from invites.policy.describe import Denial
from invites.policy.rules import Rule

UNKNOWN: dict[Sight, Promise] = {
    Sight.EVERYBODY: gettext_lazy("This address is new to the workspace. Send the invitation."),
    Sight.TEAMS: gettext_lazy(
        "Nobody in your teams has this address; we can't see other users. "
        "You can send the invitation; if the address is in use, awork may refuse it."
    ),
    Sight.ONESELF: gettext_lazy(
        "We can't see whether someone in the workspace has this address. "
        "You can send the invitation; if the address is in use, awork may refuse it."
    ),
}
TEXTS: dict[AddressState, Promise] = {
    AddressState.PENDING: gettext_lazy(
        "This person was already invited to the workspace and hasn't joined yet. "
        "Ask them to accept the invitation in awork's e-mail."
    ),
    AddressState.MEMBER: gettext_lazy(
        "This address belongs to a member of the workspace. Assign members in awork."
    ),
    AddressState.GUEST_HERE: gettext_lazy(
        "This guest is already in the task's project and needs no invitation."
    ),
    AddressState.DEACTIVATED: gettext_lazy(
        "This person's account in the workspace is deactivated. An administrator can activate it in awork."
    ),
    AddressState.ARCHIVED: gettext_lazy(
        "This person is archived in the workspace. An administrator can restore them in awork."
    ),
    AddressState.EXTERNAL: gettext_lazy(
        "This person works with you through awork Connect. Share the project with their company in awork."
    ),
    AddressState.AGENT: gettext_lazy(
        "This address belongs to an agent, which can't be a guest. Assign agents in awork."
    ),
}
MEMBER_OR_GUEST = gettext_lazy(
    "Someone in the workspace has this address: a member, or a guest of a project. Assign them in awork."
)
GUEST_SOMEWHERE = gettext_lazy(
    "This guest is already in a project that you can't see, and a guest can be in one project only. "
    "Ask an administrator to move them."
)
ON_TASK = gettext_lazy("This person is already assigned to the task. There's nothing to do.")
NO_ROOM = gettext_lazy(
    "This guest is already in the task's project. The task can have one assignee only: change it in awork."
)
ASSIGNED_IN_AWORK = {AddressState.PENDING, AddressState.MEMBER, AddressState.GUEST_HERE, AddressState.AGENT}


def unknown_note(address: Address | None) -> Promise | str:
    """What it means that no user was found, and the next step; "" for an address that has a user."""
    return UNKNOWN[address.sight] if address and address.state is AddressState.UNKNOWN else ""


def address_denial(address: Address, invitation: Invitation) -> Denial | None:
    """Why this address can't be invited, with a next step; None for an address that no user has."""
    if address.state is AddressState.UNKNOWN:
        return None
    link, link_text = _way_out(address, invitation)
    return Denial(Rule.MEMBER, "email", _text(address), link, link_text, is_action=address.can_be_assigned)


def _text(address: Address) -> Promise | str:
    if address.is_on_task:
        return ON_TASK
    if address.state is AddressState.GUEST_ELSEWHERE:
        return _elsewhere(address)
    if address.state is AddressState.MEMBER and address.is_guest is None:
        return MEMBER_OR_GUEST
    if address.state is AddressState.GUEST_HERE and not address.can_be_assigned:
        return NO_ROOM
    return TEXTS[address.state]


def _elsewhere(address: Address) -> Promise | str:
    if not address.project:
        return GUEST_SOMEWHERE
    text = _(
        "This guest is already in the project %(project)s, and a guest can be in one project only. "
        "Pick a task in that project."
    )
    return text % {"project": address.project.name}


def _way_out(address: Address, invitation: Invitation) -> tuple[str, Promise | str]:
    """A link to assign the guest here, or to the task in awork, where there is one."""
    if not invitation.task_id:
        return "", ""
    if address.can_be_assigned:
        fields = {"task": str(invitation.task_id), "email": invitation.email}
        text = _("Assign this guest to %(task)s")
        return reverse("guest-assign", query=fields), text % {"task": invitation.task_key or _("the task")}
    if address.state in ASSIGNED_IN_AWORK and not address.is_on_task:
        return task_url(invitation.task_id), _("Open task in awork")
    return "", ""
