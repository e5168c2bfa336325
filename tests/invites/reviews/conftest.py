"""A workspace with two sponsors, a lead and an administrator, and guests of theirs."""

from datetime import timedelta

import pytest

from invites.models import Review
from invites.reviews.scope import Scope
from invites.reviews.start import Plan, start
from portal import actor, clock
from tests.invites.factories import guest, invitation, person


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
    """`invited(inviter, name, **fields)`: a guest of this name."""

    def invited(inviter, name, **fields):
        about = {key: fields.pop(key) for key in ("project_id", "project_name", "task_key") if key in fields}
        email = f"{name}@creative.example".lower()
        sent = invitation(inviter, first_name=name, last_name="", email=email, **about)
        return guest(inviter, of=sent, **fields)

    return invited


@pytest.fixture
def started(ada):
    """`started(days=7, **plan)`: a review that Ada started, due in so many days."""

    def started(days=7, *, project_id=None, **plan) -> Review:
        scope = Scope(ada.workspace_id, project_id)
        due = clock.today() + timedelta(days=days)
        return start(Plan(scope, due, **plan), user=ada, by=actor.for_user(ada))

    return started
