"""An invitation is written down before awork hears of it: once for each form, and with its event."""

from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.models import Invitation
from invites.policy.recheck import AlreadyInvited, QuotaReached, StaleForm, recheck_policy
from invites.sending import locks
from portal.actor import Actor
from portal.awork.schemas import Role, Task
from portal.email_addresses import key_of
from portal.models import User


@dataclass(frozen=True)
class Wish:
    """What a person asked for.

    `key` is the form's own, so that one form sends once; `policy` is the version that was asked about it.
    """

    key: UUID
    task: Task
    role: Role
    email: str
    first_name: str = ""
    last_name: str = ""
    gender: str = ""
    keep_assignees: bool = True
    policy: int = 0


def create(wish: Wish, *, inviter: User, by: Actor) -> tuple[Invitation, bool]:
    """Write the invitation down with its event; False where this form was already sent.

    Raises `AlreadyInvited` where the address holds an invitation to the task, `QuotaReached` where the person
    has sent enough, `StaleForm` where the form has to be shown anew.
    """
    try:
        return _save(wish, inviter, by), True
    except IntegrityError:
        return _existing(wish, inviter), False
    except (QuotaReached, StaleForm):
        same_form = _made_before(wish, inviter)
        if same_form is None:
            raise
        return same_form, False


@transaction.atomic
def _save(wish: Wish, inviter: User, by: Actor) -> Invitation:
    recheck_policy(inviter, wish.policy)
    invitation = _new(wish, inviter)
    invitation.save(force_insert=True)
    record(
        EventType.INVITATION_REQUESTED,
        by=by,
        subject=invitation.subject,
        details={"policy": wish.policy},
    )
    return invitation


def _new(wish: Wish, inviter: User) -> Invitation:
    invitation = Invitation(
        form_key=wish.key,
        workspace=inviter.workspace,
        inviter=inviter,
        created_at=timezone.now(),
        role_id=wish.role.id,
        role_name=wish.role.name,
        email=wish.email,
        email_key=key_of(wish.email),
        first_name=wish.first_name,
        last_name=wish.last_name,
        gender=wish.gender,
        keep_assignees=wish.keep_assignees,
        policy_version=wish.policy,
    )
    invitation.about(wish.task)
    locks.start_lease(invitation)
    return invitation


def _existing(wish: Wish, inviter: User) -> Invitation:
    """The invitation that the database would not let us write twice."""
    same_form = _made_before(wish, inviter)
    if same_form:
        return same_form
    earlier = Invitation.holding(inviter.workspace_id, wish.task.id, wish.email).first()
    if earlier:
        raise AlreadyInvited(earlier, inviter)
    raise StaleForm  # it was let go between the two statements


def _made_before(wish: Wish, inviter: User) -> Invitation | None:
    """What this very form has made; raises `StaleForm` where it is somebody else's."""
    same_form = Invitation.objects.filter(form_key=wish.key).first()
    if same_form and same_form.inviter_id != inviter.pk:
        raise StaleForm
    return same_form
