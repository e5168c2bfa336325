"""Users of two workspaces, each with their own test client."""

from uuid import uuid4

import pytest
from django.test import Client


@pytest.fixture
def enter(standin, sign_in):
    """`enter("ada")`: a client signed in as this user."""

    def entered(who):
        client = Client(raise_request_exception=False)
        answer = sign_in(client, who)
        assert "_auth_user_id" in client.session, answer["Location"]
        return client

    return entered


@pytest.fixture
def ada(enter, django_capture_on_commit_callbacks):
    """An administrator, whose sign-in loads the workspace's roles."""
    with django_capture_on_commit_callbacks(execute=True):
        return enter("ada")


@pytest.fixture
def paula(ada, enter):
    """A manager."""
    return enter("paula")


@pytest.fixture
def form(standin):
    """The filled-in invitation form."""

    def filled(**changes):
        said = {
            "key": str(uuid4()),
            "task": str(standin.world.task("WEB-12").id),
            "role": str(standin.world.role("guest").id),
            "email": "carla@creative.example",
            "first_name": "Carla",
            "last_name": "Creative",
            "keep_assignees": "on",
        }
        return said | changes

    return filled
