"""What a browser of Paula would post, and how its pages read."""

from contextlib import contextmanager
from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import connection

from invites.lookup import roles
from invites.models import Invitation, State
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


@pytest.fixture
def active_for_one_statement():
    """Lets the first such statement meet this invitation as active, and the next one as it was.

    As if another process had sent it just before, and awork had refused it just after: the change belongs to
    the transaction that fails because of it.
    """

    @contextmanager
    def go(invitation, statement):
        waiting = [f'{statement} "invites_invitation"']

        def execute(execute, sql, params, many, context):
            if waiting and sql.startswith(waiting[0]):
                waiting.clear()
                Invitation.objects.filter(pk=invitation.pk).update(state=State.UNCLEAR)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(execute):
            yield
        assert not waiting

    return go
