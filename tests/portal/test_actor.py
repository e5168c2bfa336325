"""The person behind a request."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from model_bakery import baker

from portal import actor
from portal.awork.shapes import Me, Person, Workspace
from portal.models import User


@pytest.fixture
def request_(rf):
    def make(user=None, **meta):
        request = rf.get("/", **meta)
        request.user = user or AnonymousUser()
        return request

    return make


def stranger(workspace):
    return Me(Person(uuid4(), "Gero", "Gast", "gero@elsewhere.example"), Workspace(workspace, "Elsewhere"))


@pytest.mark.django_db
def test_names_are_copied_as_they_are_now(request_):
    paula = baker.make(User, first_name="Paula", last_name="Plan", email="paula@studio.example")
    found = actor.of(request_(paula, HTTP_USER_AGENT="Browser"))
    assert (found.id, found.workspace) == (paula.awork_id, paula.workspace_id)
    assert (found.name, found.email, found.agent) == ("Paula Plan", "paula@studio.example", "Browser")
    assert found.address == "127.0.0.1"


def test_nobody_has_no_id_and_belongs_to_the_portal(request_):
    found = actor.of(request_())
    assert (found.id, found.name, found.workspace) == (None, "", actor.PORTAL)


def test_each_request_has_a_correlation_of_its_own(request_):
    assert actor.of(request_()).correlation != actor.of(request_()).correlation


def test_an_endless_user_agent_is_cut(request_):
    assert len(actor.of(request_(HTTP_USER_AGENT="x" * 9000)).agent) == 500


def test_the_address_is_where_the_request_came_from(request_):
    assert actor.of(request_(REMOTE_ADDR="203.0.113.7")).address == "203.0.113.7"


def test_somebody_refused_is_named_in_the_log_of_their_workspace(request_):
    workspace = uuid4()
    found = actor.refused(request_(), stranger(workspace), [workspace])
    assert (found.workspace, found.name, found.email) == (workspace, "Gero Gast", "gero@elsewhere.example")


def test_somebody_of_another_workspace_in_the_portals(request_):
    assert actor.refused(request_(), stranger(uuid4()), [uuid4()]).workspace == actor.PORTAL
