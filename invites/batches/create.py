"""Save a batch with all its lines and their events, before a worker sends the first: once for each form."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from invites.audit.catalogue import EventType, Json
from invites.audit.record import record
from invites.models import ONE_ACTIVE, ONE_BATCH_FOR_EACH_FORM, Batch, Invitation, State
from invites.policy.recheck import AlreadyInvited, Denied, StaleForm, recheck_policy
from portal import clock
from portal.actor import Actor
from portal.email_addresses import key_of
from portal.integrity import PRIMARY_KEY, violated


def create_batch(batch: Batch, invitations: Sequence[Invitation], *, by: Actor) -> tuple[Batch, bool]:
    """Save a new batch with these unsaved invitations; or return the one that its form created, and False.

    `batch` has the form's `form_key`, the workspace, the inviter and the `policy_version` that allowed all
    lines; each invitation may have the `line` of the file that it is from. Raises `AlreadyInvited`,
    `QuotaReached` and `StaleForm`; then nothing is saved.
    """
    try:
        _save(batch, invitations, by)
    except IntegrityError as error:
        if not _is_about_another(error):
            raise
        return _existing(batch, invitations), False
    except (Denied, StaleForm):
        same_form = _from_same_form(batch)
        if same_form is None:
            raise
        return same_form, False
    return batch, True


@transaction.atomic
def _save(batch: Batch, invitations: Sequence[Invitation], by: Actor) -> None:
    recheck_policy(batch.inviter, batch.policy_version, count=len(invitations))
    batch.created_at = batch.changed_at = clock.now()
    batch.save(force_insert=True)
    for number, invitation in enumerate(invitations, 1):
        _add(invitation, batch, number)
    Invitation.objects.bulk_create(invitations)
    details: dict[str, Json] = {"batch": str(batch.id), "policy": batch.policy_version}
    record(EventType.BATCH_STARTED, by=by, details=details | {"lines": len(invitations)})
    for invitation in invitations:
        of_line = details | {"line": invitation.line} | invitation.end_details
        record(EventType.INVITATION_REQUESTED, by=by, snapshot=invitation.snapshot, details=of_line)


def _add(invitation: Invitation, batch: Batch, number: int) -> None:
    invitation.batch, invitation.line = batch, invitation.line or number
    invitation.is_first_line = number == 1
    invitation.form_key, invitation.state = invitation.id, State.QUEUED
    invitation.inviter, invitation.workspace = batch.inviter, batch.workspace
    invitation.policy_version = batch.policy_version
    invitation.created_at = invitation.attempted_at = batch.created_at
    invitation.email_key = key_of(invitation.email)
    invitation.set_words()  # as `save` does


def _is_about_another(error: IntegrityError) -> bool:
    """Whether the form has a batch already, or a guest an invitation to the task."""
    is_same_form = violated(error, Batch) in {PRIMARY_KEY, ONE_BATCH_FOR_EACH_FORM}
    return is_same_form or violated(error, Invitation) == ONE_ACTIVE


def _existing(batch: Batch, invitations: Sequence[Invitation]) -> Batch:
    """The saved batch that a unique constraint protects."""
    same_form = _from_same_form(batch)
    if same_form:
        return same_form
    for invitation in invitations:
        earlier = Invitation.active_for(batch.workspace_id, invitation.task_id, invitation.email).first()
        if earlier:
            raise AlreadyInvited(earlier, batch.inviter)
    raise StaleForm  # the earlier one has been refused in the meantime, or two lines are the same


def _from_same_form(batch: Batch) -> Batch | None:
    """The batch that this form created before; raises `StaleForm` where another person did."""
    same_form = Batch.objects.filter(form_key=batch.form_key).first()
    if same_form and same_form.inviter_id != batch.inviter_id:
        raise StaleForm
    return same_form
