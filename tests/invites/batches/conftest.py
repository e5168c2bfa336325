"""Lists of guests to check; awork is the stand-in over real HTTP."""

from dataclasses import replace
from uuid import UUID

import pytest

from invites.batches import check as checks
from invites.batches.lines import Line
from portal.standin.entities import StandinUser
from portal.standin.seed import MAIN
from tests.invites.conftest import actor


def guest(number, email="", **fields):
    """A line with an address of its own."""
    return Line(number, email or f"guest{number}@agency.example", **fields)


def check(user, *lines, task="WEB-12", role="", **options):
    """Checks these lines, or addresses."""
    lines = [guest(number, one) if isinstance(one, str) else one for number, one in enumerate(lines, 1)]
    return checks.check(lines, user, task=task, role=role, by=actor(user), **options)


def verdicts(found):
    return [str(one.verdict) for one in found.lines]


def texts(line):
    """What is said about a line, by field."""
    return {field: [str(one.text) for one in said] for field, said in line.messages.items()}


@pytest.fixture
def crowd(standin):
    """Adds so many people to the workspace: person1@crowd.example and so on."""

    def add(count, **fields):
        role = fields.pop("role", "member")
        for number in range(1, count + 1):
            one = StandinUser(
                UUID(int=number),
                MAIN,
                standin.world.role(role).id,
                f"Person {number}",
                "Crowd",
                f"person{number}@crowd.example",
            )
            standin.world.people[one.id] = replace(one, **fields)

    return add
