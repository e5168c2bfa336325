"""Save an invitation, with its event, before awork hears of it: once for each form."""

from django.db import IntegrityError, transaction

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.models import ONE_ACTIVE, ONE_FOR_EACH_FORM, Invitation, TaskComment
from invites.policy.recheck import AlreadyInvited, QuotaReached, StaleForm, recheck_policy
from invites.sending import locks
from portal import clock
from portal.actor import Actor
from portal.email_addresses import key_of
from portal.integrity import PRIMARY_KEY, violated


def create(
    invitation: Invitation, *, by: Actor, comment: TaskComment | None = None
) -> tuple[Invitation, bool]:
    """Save a new invitation with its event; or return the one that this form created before, and False.

    Its `form_key` is the form's own, its `policy_version` the one that allowed it. `comment` is saved with
    it, for `invites.comments.post`. Raises `AlreadyInvited`, `QuotaReached`, and `StaleForm` where the form
    has to be shown again.
    """
    try:
        _save(invitation, comment, by)
    except IntegrityError as error:
        if violated(error, Invitation) not in {PRIMARY_KEY, ONE_FOR_EACH_FORM, ONE_ACTIVE}:
            raise
        return _existing(invitation), False
    except (QuotaReached, StaleForm):
        same_form = _from_same_form(invitation)
        if same_form is None:
            raise
        return same_form, False
    return invitation, True


@transaction.atomic
def _save(invitation: Invitation, comment: TaskComment | None, by: Actor) -> None:
    recheck_policy(invitation.inviter, invitation.policy_version)
    invitation.created_at = invitation.attempted_at = clock.now()
    invitation.email_key = key_of(invitation.email)
    locks.start_lease(invitation)
    invitation.save(force_insert=True)
    if comment:
        comment.invitation, comment.next_check_at = invitation, clock.now()
        comment.save(force_insert=True)
    record(
        EventType.INVITATION_REQUESTED,
        by=by,
        snapshot=invitation.snapshot,
        details={"policy": invitation.policy_version, **invitation.end_details},
    )
    if comment:
        details = {"hidden": comment.is_hidden}
        record(EventType.COMMENT_REQUESTED, by=by, snapshot=invitation.snapshot, details=details)


def _existing(invitation: Invitation) -> Invitation:
    """The saved invitation that a unique constraint protects."""
    same_form = _from_same_form(invitation)
    if same_form:
        return same_form
    inviter = invitation.inviter
    earlier = Invitation.active_for(inviter.workspace_id, invitation.task_id, invitation.email).first()
    if earlier:
        raise AlreadyInvited(earlier, inviter)
    raise StaleForm  # the earlier one has been refused in the meantime


def _from_same_form(invitation: Invitation) -> Invitation | None:
    """The invitation that this form created before; raises `StaleForm` where another person did."""
    same_form = Invitation.objects.filter(form_key=invitation.form_key).first()
    if same_form and same_form.inviter_id != invitation.inviter_id:
        raise StaleForm
    return same_form
