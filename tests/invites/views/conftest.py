"""What a browser of Paula would post, and how its pages read."""

from uuid import uuid4

import pytest


@pytest.fixture
def knows_roles(standin, sign_in, client, django_capture_on_commit_callbacks):
    """An administrator has signed in here once."""
    with django_capture_on_commit_callbacks(execute=True):
        sign_in(client, "ada")


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
