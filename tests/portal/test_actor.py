"""The actor of a request."""

import pytest
from django.contrib.auth.models import AnonymousUser
from model_bakery import baker

from portal import actor
from portal.models import User


@pytest.fixture
def request_(rf):
    def make(user=None, **meta):
        request = rf.get("/", **meta)
        request.user = user or AnonymousUser()
        return request

    return make


@pytest.mark.django_db
def test_names_are_copied_as_they_are_now(request_):
    paula = baker.make(User, first_name="Paula", last_name="Plan", email="paula@studio.example")
    found = actor.for_request(request_(paula, HTTP_USER_AGENT="Browser"))
    assert (found.id, found.workspace) == (paula.awork_id, paula.workspace_id)
    assert (found.name, found.email, found.user_agent) == ("Paula Plan", "paula@studio.example", "Browser")
    assert found.ip_address == "127.0.0.1"


def test_a_visitor_has_no_id_and_belongs_to_the_portal(request_):
    found = actor.for_request(request_())
    assert (found.id, found.name, found.workspace) == (None, "", actor.PORTAL_WORKSPACE)


def test_each_request_has_an_id_of_its_own(request_):
    assert actor.for_request(request_()).request_id != actor.for_request(request_()).request_id


def test_an_endless_user_agent_is_cut(request_):
    assert len(actor.for_request(request_(HTTP_USER_AGENT="x" * 9000)).user_agent) == 500


def test_the_address_is_where_the_request_came_from(request_):
    assert actor.for_request(request_(REMOTE_ADDR="203.0.113.7")).ip_address == "203.0.113.7"
