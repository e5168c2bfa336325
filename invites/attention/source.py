"""What a kind of item that needs attention is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.functional import Promise

from portal.models import User


@dataclass(frozen=True)
class Item:
    """One line: who it is about, what is to know, since when, and the link to the page that settles it.

    `key` stays the same as long as the item is there. `dismiss_url` is set where it can also be dismissed.
    """

    key: str
    title: str
    detail: str
    since: datetime
    url: str
    action: str
    dismiss_url: str = ""


@dataclass(frozen=True)
class Source:
    """A kind of item. `rows` are those that a person may see, the first to be settled first.

    An item goes when its row no longer needs attention: nothing is stored. `all_url` lists all of them.
    """

    kind: str
    title: str | Promise
    rows: Callable[[User], QuerySet[Any]]
    item: Callable[[Any, User], Item]
    all_url: Callable[[], str] = str


def key_of(kind: str, row: Model, since: datetime) -> str:
    """The key of an item of this row."""
    return f"{kind}-{row.pk}-{since:%Y%m%d%H%M%S}"
