"""Turn a checked list into a batch: only if what was shown is what would be sent now."""

from uuid import UUID, uuid4, uuid5

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from invites.batches.create import create_batch
from invites.batches.form import InviteManyForm
from invites.batches.lines import write
from invites.batches.page import Page
from invites.models import Batch
from invites.policy.recheck import Denied, StaleForm
from portal.actor import Actor
from portal.models import User

CHANGED = _("What would be sent has changed since it was shown. Check it, then send it.")
NONE_READY = _("No guest is ready.")


class NotSubmitted(Exception):
    """Nothing was sent, and the list has to be shown once more: `message` says why."""

    def __init__(self, message: Promise | str) -> None:
        super().__init__(str(message))
        self.message = message


def form_key(form: InviteManyForm) -> UUID:
    """The key of the batch that this form creates: another one after any change, the same if sent twice."""
    values = form.cleaned_data
    content = [write(values["guests"]), sorted(form.skipped), values.get("task"), values.get("role")]
    return uuid5(values["key"] or uuid4(), repr(content))


def earlier_batch(form: InviteManyForm, user: User) -> Batch | None:
    """The batch that this form created before, for example before a double click."""
    return Batch.objects.filter(form_key=form_key(form), inviter=user).first()


def submit(page: Page, user: User, *, by: Actor) -> Batch:
    """Save the guests who are ready as a batch, for a worker to send; raises `NotSubmitted`."""
    found, form = page.check, page.form
    if not found or found.error or not found.invitations:
        raise NotSubmitted(found.error.text if found and found.error else NONE_READY)
    if form.cleaned_data["previewed"] != found.fingerprint:
        raise NotSubmitted(CHANGED)
    for row in page.ready:
        if row.checked and row.checked.invitation:
            row.checked.invitation.line = row.line.number
    batch = Batch(
        form_key=form_key(form),
        workspace_id=user.workspace_id,
        inviter=user,
        policy_version=found.policy.number,
    )
    try:
        return create_batch(batch, found.invitations, by=by)[0]
    except Denied as problem:
        raise NotSubmitted(problem.denial.text) from problem
    except StaleForm:
        raise NotSubmitted(CHANGED) from None
