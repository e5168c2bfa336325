"""The form of a review's page: a choice and a reason for each guest, many guests at once."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import QueryDict

from invites.models import Decision, Guest, Invitation, ReviewItem, State
from invites.models.review import REASON_LENGTH
from invites.reviews.decide import Answer

CHOICES = (Decision.CONFIRMED, Decision.ENDED)
MOST = 200  # guests on a page: each has two fields
SHOWN_TASKS = 5  # of a guest
ANSWER = re.compile(r"answer-([0-9]{1,18})", re.ASCII)


@dataclass
class Row:
    """A guest to decide on, what they were invited to, and what is chosen and written already."""

    item: ReviewItem
    guest: Guest
    tasks: list[Invitation]
    answer: str = ""
    reason: str = ""

    @property
    def shown(self) -> list[Invitation]:
        """The tasks that fit, the newest first."""
        return self.tasks[:SHOWN_TASKS]

    @property
    def more(self) -> int:
        """How many more there are."""
        return max(0, len(self.tasks) - SHOWN_TASKS)


def rows(items: QuerySet[ReviewItem], guests: list[Guest], typed: QueryDict | None) -> list[Row]:
    """A row for each of these guests, with what was typed before a sign-in."""
    by_guest = {item.guest_id: item for item in items.filter(guest__in=guests)}
    tasks = _tasks(guests)
    found = [Row(by_guest[one.pk], one, tasks.get(one.email_key, [])) for one in guests if one.pk in by_guest]
    for row in found if typed else []:
        row.answer = _value(typed, "answer", row.item.pk)
        row.reason = _value(typed, "reason", row.item.pk)
    return found


def parse(data: QueryDict) -> list[Answer]:
    """The answers of the form; what is no answer is left out.

    With `rest`, all other guests that the page showed are confirmed.
    """
    answers = {answer.item: answer for answer in _chosen(data)}
    if data.get("rest") == Decision.CONFIRMED:
        shown = data.get("shown", "").split(",")[:MOST]
        for item in (int(part) for part in shown if ANSWER.fullmatch(f"answer-{part}")):
            reason = _value(data, "reason", item)
            answers.setdefault(item, Answer(item, Decision.CONFIRMED, reason, is_rest=True))
    return list(answers.values())


def _chosen(data: QueryDict) -> Iterator[Answer]:
    for name, value in data.items():
        found = ANSWER.fullmatch(name)
        if found and value in CHOICES:
            item = int(found[1])
            yield Answer(item, Decision(value), _value(data, "reason", item))


def _value(data: QueryDict | None, name: str, item: int) -> str:
    """One line, no longer than its field."""
    text = data.get(f"{name}-{item}", "") if data else ""
    return " ".join(str(text).replace("\0", "").split())[:REASON_LENGTH]


def _tasks(guests: list[Guest]) -> dict[str, list[Invitation]]:
    """The last invitation to each task, by guest."""
    workspaces = {one.workspace_id for one in guests}
    keys = [one.email_key for one in guests]
    sent = Invitation.objects.filter(workspace__in=workspaces, email_key__in=keys, state=State.SENT)
    found: dict[str, list[Invitation]] = {}
    for one in sent.order_by("-created_at", "-id"):
        known = found.setdefault(one.email_key, [])
        if all(one.task_id != other.task_id for other in known):
            known.append(one)
    return found
