"""Deciding on the guests of a review: the first answer for a guest counts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import transaction

from invites.audit.catalogue import EventType, Json
from invites.audit.record import record
from invites.models import Decision, Review, ReviewItem
from invites.reviews.end import end
from invites.reviews.scope import answerable
from portal import clock
from portal.actor import Actor
from portal.models import User

CHUNK = 50  # answers in a transaction: others wait for the audit log no longer


@dataclass(frozen=True)
class Answer:
    """What a user says of the guest of an item; `is_rest`: together with all others, not one by one."""

    item: int
    decision: Decision
    reason: str = ""
    is_rest: bool = False


@dataclass
class Result:
    """How many answers were saved, the items that someone else had answered, and how many couldn't be.

    Those are of guests who were erased or handed over since. `is_closed`: the review takes no answers
    any more, and what isn't counted here wasn't saved.
    """

    saved: int = 0
    taken: list[ReviewItem] = field(default_factory=list)
    gone: int = 0
    is_closed: bool = False


def decide(review: Review, answers: Iterable[Answer], *, user: User, by: Actor) -> Result:
    """Save these answers, each with its event; what was saved before an error stays."""
    result, wanted = Result(), {answer.item: answer for answer in answers}
    for chunk in _chunks([wanted[key] for key in sorted(wanted)]):
        if not _save(review, chunk, result, user, by):
            result.is_closed = True
            break
    return result


def _chunks(answers: list[Answer]) -> Iterator[list[Answer]]:
    """The answers of each transaction. One that ends access has its own: it locks rows and records events."""
    ending = [answer for answer in answers if answer.decision == Decision.ENDED]
    others = [answer for answer in answers if answer.decision != Decision.ENDED]
    for begin in range(0, len(others), CHUNK):
        yield others[begin : begin + CHUNK]
    yield from ([answer] for answer in ending)


@transaction.atomic
def _save(review: Review, answers: list[Answer], result: Result, user: User, by: Actor) -> bool:
    """Save some answers; False if the review isn't open."""
    # Locked before the items, as when it is closed.
    if not Review.objects.select_for_update(of=("self",)).get(pk=review.pk).is_open:
        return False
    items = _lock(review, answers, user)
    taken = [item for item in items.values() if item.decision != Decision.OPEN]
    # The same answer once more, as by a form that was sent twice, is nothing to tell.
    result.taken += [item for item in taken if item.decided_by_id != user.pk]
    result.gone += len(answers) - len(items)
    opened = [answer for answer in answers if answer.item in items and items[answer.item] not in taken]
    for answer in opened:
        _set(items[answer.item], answer, user)
    for answer in opened:
        item = items[answer.item]
        if item.decision == Decision.ENDED and item.guest:
            end(item, item.guest, user=user, by=by)
        record_decision(item, by=by)
    result.saved += len(opened)
    return True


def _lock(review: Review, answers: list[Answer], user: User) -> dict[int, ReviewItem]:
    """The items that the user may answer, with those that have an answer."""
    items = review.items.filter(answerable(user), pk__in=[answer.item for answer in answers])
    locked = items.exclude(guest=None).order_by("pk").select_for_update(of=("self",))
    return {
        item.pk: item
        for item in locked.select_related("review", "guest__invitation", "guest__sponsor", "decided_by")
    }


def _set(item: ReviewItem, answer: Answer, user: User) -> None:
    item.decision, item.reason, item.is_rest = answer.decision, answer.reason, answer.is_rest
    item.decided_by, item.decided_at = user, clock.now()
    item.sponsor = item.guest.current_sponsor if item.guest else None
    item.save()


def record_decision(item: ReviewItem, *, by: Actor) -> None:
    """The reason stays out of the log: it may name people, and the log can't forget."""
    details: dict[str, Json] = {"review": str(item.review_id), "has_reason": bool(item.reason)}
    details |= {"rest": True} if item.is_rest else {}
    snapshot = item.guest.snapshot if item.guest else None
    record(EventType.GUEST_REVIEWED, by=by, snapshot=snapshot, outcome=item.decision, details=details)
