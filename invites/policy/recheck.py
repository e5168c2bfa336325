"""The last look before an invitation is written down: in its transaction, one at a time for each person."""

from invites.models import Invitation, PolicyVersion
from invites.policy.decision import Denial, duplicate_denial, quota_denial
from portal.models import User


class StaleForm(Exception):
    """The form cannot be sent as it is: what it was judged by, or what held it, has changed since."""


class Denied(Exception):
    """What the form allowed a moment ago is refused when it is written down: `refusal`."""

    def __init__(self, refusal: Denial) -> None:
        super().__init__(str(refusal.rule))
        self.refusal = refusal


class QuotaReached(Denied):
    """The person has sent as many invitations as one may."""


class AlreadyInvited(Denied):
    """The address holds another invitation to the task: `invitation`."""

    def __init__(self, invitation: Invitation, inviter: User) -> None:
        super().__init__(duplicate_denial(invitation, inviter))
        self.invitation = invitation


def recheck_policy(inviter: User, policy: int) -> None:
    """Let an invitation pass that this version of the policy allowed, or raise `StaleForm` or `QuotaReached`.

    Until the transaction ends no other invitation of this person passes where the policy sets a limit: of
    ten forms sent at once each counts those that were written down before it.
    """
    current = PolicyVersion.current(inviter.workspace_id)
    if current.number != policy:
        raise StaleForm
    if not current.rules.limits:
        return
    User.objects.select_for_update(no_key=True, of=("self",)).get(pk=inviter.pk)
    refusal = quota_denial(inviter, current.rules)
    if refusal:
        raise QuotaReached(refusal)
