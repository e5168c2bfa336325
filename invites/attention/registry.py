"""All kinds of items that need attention, in the order of the page."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import IntegerField, Subquery

from invites.attention import end_dates, endings, guests, invitations, reviews
from invites.attention.source import Item, Source
from portal.models import User, Workspace

SOURCES: tuple[Source, ...] = (
    *invitations.SOURCES,
    *endings.SOURCES,
    *end_dates.SOURCES,
    *guests.SOURCES,
    *reviews.SOURCES,
)
COUNTED = 100  # of a kind; more are "99+"
SHOWN = 25  # of a kind


class CountRows(Subquery):
    """The number of rows of a queryset as a value of another."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()
    empty_result_set_value = 0  # of `none()`


@dataclass(frozen=True)
class Group:
    """The items of one kind, of which `items` are the first."""

    source: Source
    count: int
    items: list[Item]

    @property
    def is_cut(self) -> bool:
        """Whether there are more than those shown."""
        return self.count > len(self.items)


def counts(user: User) -> dict[str, int]:
    """How many items of each kind the person sees, `COUNTED` at most; one statement."""
    numbers = {
        source.kind: CountRows(source.rows(user).order_by().values("pk")[:COUNTED]) for source in SOURCES
    }
    found = Workspace.objects.filter(pk=user.workspace_id).values_list(*numbers.values()).first()
    return dict(zip(numbers, found or (), strict=False))


def groups(user: User, counted: dict[str, int], *, most: int = SHOWN) -> Iterator[Group]:
    """The kinds of which there are items, each with the first ones."""
    for source in SOURCES:
        if counted.get(source.kind):
            rows = source.rows(user)[:most]
            yield Group(source, counted[source.kind], [source.item(row, user) for row in rows])
