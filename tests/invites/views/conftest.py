"""What a browser of Paula would post, and how its pages read."""

from dataclasses import replace
from uuid import uuid4

import pytest

from invites.lookup import roles
from tests.invites.conftest import person


@pytest.fixture
def knows_roles(standin, sign_in, client, django_capture_on_commit_callbacks):
    """An administrator has signed in here once, and has seen the form."""
    with django_capture_on_commit_callbacks(execute=True):
        sign_in(client, "ada")
    roles.workspace_roles(person(standin, "ada"))


@pytest.fixture
def large(standin):
    """A workspace with 600 more roles."""
    member = standin.world.role("member")
    standin.world.roles.update((id := uuid4(), replace(member, id=id)) for _ in range(600))


@pytest.fixture
def paula(knows_roles, paula):
    return paula


@pytest.fixture
def fields(standin, paula):
    """What Paula's browser would post."""

    def make(**changes):
        said = {
            "key": str(uuid4()),
            "task": str(standin.world.task("WEB-12").id),
            "role": str(standin.world.role("guest").id),
            "email": "carla@creative.example",
            "first_name": "Carla",
            "last_name": "Creative",
            "gender": "",
            "keep_assignees": ["off", "on"],
        }
        return {name: value for name, value in (said | changes).items() if value is not None}

    return make
