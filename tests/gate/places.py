"""Every address of the portal, filled in with what there is to see."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.urls import NoReverseMatch, reverse

from tests.portal.accounts.test_permissions import addresses


def places(**samples: Iterable[Any]) -> Iterator[str]:
    """The addresses that take nothing, and those that take one of the samples by its name."""
    given = [{}, *({name: one} for name, values in samples.items() for one in values)]
    for name, _ in addresses():
        for each in given:
            try:
                yield reverse(name, kwargs=each)
            except NoReverseMatch:
                continue
