"""What is known about an address that was entered."""

from invites.lookup.awork import AworkLookup
from portal.awork.schemas import AworkUser
from portal.email_addresses import key_of
from portal.models import User


def members(email: str, lookup: AworkLookup) -> list[AworkUser]:
    """Members of the workspace with this address, as far as the portal can know.

    Users who have signed in here are known. Others are visible in awork with user-master-data:read only; for
    users without that permission the portal asks with its own API key, if it has one.
    """
    users = User.objects.filter(workspace=lookup.user.workspace_id, email_key=key_of(email))
    known = [AworkUser(user.awork_id, user.first_name, user.last_name, user.email) for user in users]
    return known or lookup.members(email)
