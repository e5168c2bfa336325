"""A workspace with two sponsors, a lead and an administrator, and guests of theirs."""

from functools import partial

import pytest

from tests.invites import factories
from tests.invites.factories import person


@pytest.fixture
def paula():
    return person()


@pytest.fixture
def mara():
    return person("Mara Manager")


@pytest.fixture
def mona():
    return person("Mona Miller", role="lead")


@pytest.fixture
def ada():
    return person("Ada Ahrens", role="administrator")


@pytest.fixture
def invited():
    """`invited(sponsor, name, **fields)`: a guest of this name."""
    return factories.named_guest


@pytest.fixture
def started(ada):
    """`started(days=7, **plan)`: a review that Ada started, due in so many days."""
    return partial(factories.review, ada)
