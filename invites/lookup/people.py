"""What is known of the address that somebody enters."""

from invites.lookup.awork import AworkLookup
from portal.awork.schemas import AworkUser, NameSuggestion
from portal.email_addresses import key_of
from portal.models import User


def members(email: str, lookup: AworkLookup) -> list[AworkUser]:
    """Members of the workspace with this address, as far as the portal can know.

    awork shows others to holders of user-master-data:read only; for everybody else the portal asks with its
    own key, if it has one, beside going by those who have signed in here.
    """
    user = lookup.user
    here = User.objects.filter(workspace=user.workspace_id, email_key=key_of(email))
    found = [AworkUser(one.awork_id, one.first_name, one.last_name, one.email) for one in here]
    return found or lookup.members(email)


def name_suggestion(email: str, lookup: AworkLookup) -> NameSuggestion | None:
    """awork's suggestion for the names of this address."""
    return lookup.name_suggestion(email)
