"""All URLs of the portal, filled in with sample objects."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.urls import NoReverseMatch, reverse

from tests.portal.accounts.test_permissions import addresses


def all_urls(**samples: Iterable[Any]) -> Iterator[str]:
    """The URLs without arguments, and those that take one of the samples by name."""
    given = [{}, *({name: one} for name, values in samples.items() for one in values)]
    for name, _ in addresses():
        for each in given:
            try:
                yield reverse(name, kwargs=each)
            except NoReverseMatch:
                continue
