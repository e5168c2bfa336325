"""What is known of the address that somebody enters."""

from invites.pickers.questions import Questions
from portal.awork.shapes import Guess, Person
from portal.models import User


def members(email: str, questions: Questions) -> list[Person]:
    """Members of the workspace with this address, as far as the portal can know.

    awork shows others to holders of user-master-data:read only; for everybody else the portal asks with its
    own key, if it has one, beside going by those who have signed in here.
    """
    user = questions.user
    here = User.objects.filter(workspace=user.workspace_id, email__iexact=email)
    found = [Person(one.awork_id, one.first_name, one.last_name, one.email) for one in here]
    return found or questions.members(email)


def guess(email: str, questions: Questions) -> Guess | None:
    """awork's suggestion for the names of this address."""
    return questions.guess(email)
