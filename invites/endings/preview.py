"""What awork will do when an access ends: the preview before it is confirmed."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from invites.endings.awork_rights import lacks_right, permissions_of
from invites.endings.choices import LACKS_RIGHT
from invites.endings.create import Target, targets
from invites.endings.reasons import MESSAGES, EndingReason
from invites.endings.rights import may_end
from invites.models import EndingKind, Guest
from portal.awork.client import Client
from portal.awork.errors import AworkError, AworkRefused, NotFound, SignInExpired
from portal.awork.schemas import Task
from portal.awork.tokens import client_for
from portal.models import User

MOST = 20  # tasks of one page


@dataclass(frozen=True)
class Item:
    """One call to awork: what it does, in sentences, or why it can't be made."""

    target: Target
    sentences: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Reader:
    """Who looks, at whose access."""

    guest: Guest
    user: User
    client: Client


def allowed_targets(guest: Guest, kind: EndingKind, user: User) -> list[Target]:
    """What the person may end by their desk role: the last 20 places, the last first."""
    return [one for one in reversed(targets(guest, kind)) if may_end(user, guest, kind, one.id)][:MOST]


def preview(guest: Guest, kind: EndingKind, user: User) -> list[Item]:
    """An item for each of the `allowed_targets`; raises `SignInExpired`."""
    found = allowed_targets(guest, kind, user)
    if guest.awork_id is None:
        return [Item(one, problem=str(MESSAGES[EndingReason.GUEST_UNKNOWN].text)) for one in found]
    reader = Reader(guest, user, client_for(user))
    return [_item(target, reader) for target in found]


def _item(target: Target, reader: Reader) -> Item:
    try:
        return ITEMS[target.kind](target, reader)
    except SignInExpired:
        raise
    except AworkRefused:
        return Item(target, problem=_("You can't see this in awork."))
    except AworkError:
        return Item(target, problem=_("awork didn't answer. Reload the page."))


def _task(target: Target, reader: Reader) -> Item:
    task = reader.client.task(target.id)
    if reader.guest.awork_id not in {one.id for one in task.assignees}:
        text = _("%(guest)s isn't assigned to this task any more.")
        return Item(target, problem=text % {"guest": reader.guest.name})
    text = _("%(guest)s is unassigned from %(task)s.")
    said = text % {"guest": reader.guest.name, "task": f"{task.key} {task.name}"}
    return Item(target, (said, _who_stays(task, reader.guest)))


def _who_stays(task: Task, guest: Guest) -> str:
    names = [one.name or _("a guest without a name") for one in task.assignees if one.id != guest.awork_id]
    if not names:
        return _("No one else is assigned, so the task will have no assignee.")
    text = ngettext("%(names)s stays assigned.", "%(names)s stay assigned.", len(names))
    return text % {"names": get_text_list(names, pgettext("Ada and Paul", "and"))}


def _project(target: Target, reader: Reader) -> Item:
    project = reader.client.project(target.id)
    if lacks_right(target.kind, permissions_of(reader.user), project):
        text = _("awork lets only the project's creator and people who manage projects remove members.")
        return Item(target, problem=text)
    try:
        is_member = reader.guest.awork_id in reader.client.project_members(target.id)
    except AworkRefused:
        is_member = True  # for all we can see
    facts = {"guest": reader.guest.name, "project": project.name}
    if not is_member:
        return Item(target, problem=_("%(guest)s isn't a member of %(project)s any more.") % facts)
    return Item(
        target,
        (
            _("%(guest)s is removed from the members of %(project)s.") % facts,
            _("Everyone else stays a member."),
        ),
    )


def _workspace(target: Target, reader: Reader) -> Item:
    if lacks_right(target.kind, permissions_of(reader.user)):
        return Item(target, problem=str(LACKS_RIGHT))
    try:
        user = reader.client.user(_account(reader))
    except NotFound:
        return Item(target, problem=_("awork has no such user any more."))
    if user.is_deactivated:
        return Item(target, problem=_("This account is deactivated already."))
    facts = {"guest": reader.guest.name, "workspace": target.name}
    return Item(
        target,
        (
            _("%(guest)s is deactivated in %(workspace)s and can't sign in there any more.") % facts,
            _("This ends all of their access, also what others invited them to."),
            _(
                "awork deletes their private projects, or gives them another manager. It says how many only "
                "afterwards; you'll see the numbers here."
            ),
        ),
    )


def _activation(target: Target, reader: Reader) -> Item:
    if lacks_right(target.kind, permissions_of(reader.user)):
        return Item(target, problem=str(LACKS_RIGHT))
    user = reader.client.user(_account(reader))
    if user.is_archived or user.is_external:
        return Item(target, problem=_("This account is archived in awork or moved to Connect."))
    if not user.is_deactivated:
        return Item(target, problem=_("This account is active."))
    facts = {"guest": reader.guest.name, "workspace": target.name}
    return Item(
        target,
        (
            _("%(guest)s can sign in to %(workspace)s again, and gets an e-mail from awork.") % facts,
            _("This needs a free licence, or a part of one."),
        ),
    )


def _account(reader: Reader) -> UUID:
    if reader.guest.awork_id is None:
        raise ValueError("the guest's account is unknown")
    return reader.guest.awork_id


ITEMS: dict[EndingKind, Callable[[Target, Reader], Item]] = {
    EndingKind.TASK: _task,
    EndingKind.PROJECT: _project,
    EndingKind.WORKSPACE: _workspace,
    EndingKind.ACTIVATION: _activation,
}
