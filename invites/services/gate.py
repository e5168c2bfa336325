"""The last look before an invitation is written down: in its transaction, one at a time for each person."""

from invites.models import Invitation, PolicyVersion
from invites.policy import Refusal, already_invited, over_quota
from portal.models import User


class Outdated(Exception):
    """The form cannot be sent as it is: what it was judged by, or what held it, has changed since."""


class Refused(Exception):
    """What the form allowed a moment ago is refused when it is written down: `refusal`."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal.rule))
        self.refusal = refusal


class OverQuota(Refused):
    """The person has sent as many invitations as one may."""


class AlreadyInvited(Refused):
    """The address holds another invitation to the task: `invitation`."""

    def __init__(self, invitation: Invitation, inviter: User) -> None:
        super().__init__(already_invited(invitation, inviter))
        self.invitation = invitation


def let_through(inviter: User, policy: int) -> None:
    """Let an invitation pass that this version of the policy allowed, or raise `Outdated` or `OverQuota`.

    Until the transaction ends no other invitation of this person passes where the policy sets a limit: of
    ten forms sent at once each counts those that were written down before it.
    """
    current = PolicyVersion.current(inviter.workspace_id)
    if current.number != policy:
        raise Outdated
    if not current.rules.limits:
        return
    User.objects.select_for_update(no_key=True, of=("self",)).get(pk=inviter.pk)
    refusal = over_quota(inviter, current.rules)
    if refusal:
        raise OverQuota(refusal)
