"""What became of the demo's guests: end dates, access that was ended, and a review."""

from datetime import timedelta

from invites.demo.people import People, actor_of
from invites.demo.story import Row
from invites.endings.create import create
from invites.endings.send import send
from invites.guests.end_dates import set_end
from invites.models import Decision, EndingCause, EndingKind, Guest, ReviewItem, ReviewState
from invites.reviews.decide import Answer, decide
from invites.reviews.scope import Scope
from invites.reviews.start import Plan, start
from portal import clock


def set_end_date(people: People, row: Row) -> None:
    """Set the last day of a guest's access; `detail` is how many days later that is."""
    by = actor_of(people.acting(row.by))
    set_end(_guest(row), clock.today() + timedelta(days=int(row.detail)), by=by)


def end_access(people: People, row: Row) -> None:
    """End a guest's access; `detail` is to what."""
    user = people.acting(row.by)
    by, kind = actor_of(user), EndingKind(row.detail)
    for ending in create(_guest(row), kind, user=user, by=by, cause=EndingCause.PERSON):
        send(ending, by=by)


def start_review(people: People, row: Row) -> None:
    """Start a review of all guests; `detail` is how many days there are to answer."""
    user = people.acting(row.by)
    plan = Plan(Scope(user.workspace_id), clock.today() + timedelta(days=int(row.detail)))
    start(plan, user=user, by=actor_of(user))


def confirm(people: People, row: Row) -> None:
    """Confirm a guest in the review that is open."""
    user = people.acting(row.by)
    item = ReviewItem.objects.get(review__state=ReviewState.OPEN, guest__email_key=row.email)
    decide(item.review, [Answer(item.pk, Decision.CONFIRMED)], user=user, by=actor_of(user))


def _guest(row: Row) -> Guest:
    return Guest.objects.select_related("invitation").get(email_key=row.email)
