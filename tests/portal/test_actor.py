"""The actor of a request."""

import pytest
from django.contrib.auth.models import AnonymousUser
from model_bakery import baker

from portal import actor
from portal.models import User, Workspace


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


@pytest.mark.django_db
def test_a_request_has_one_actor(request_):
    request = request_(baker.make(User))
    assert actor.for_request(request) is actor.for_request(request)


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["name", "workspace", "another user"])
def test_the_actor_follows_a_sign_in_under_the_same_id(request_, change):
    old = baker.make(User, first_name="Paula")
    request = request_(old)
    before = actor.for_request(request)
    request.user = baker.make(User) if change == "another user" else User.objects.get(pk=old.pk)
    if change == "name":
        request.user.first_name = "Pauline"
    elif change == "workspace":
        request.user.workspace = baker.make(Workspace)
    after = actor.for_request(request)
    assert (after.id, after.name, after.workspace) == (
        request.user.awork_id,
        request.user.name,
        request.user.workspace_id,
    )
    assert after != before
    assert after.request_id == before.request_id


def test_each_request_has_an_id_of_its_own(request_):
    assert actor.for_request(request_()).request_id != actor.for_request(request_()).request_id


def test_an_endless_user_agent_is_cut(request_):
    assert len(actor.for_request(request_(HTTP_USER_AGENT="x" * 9000)).user_agent) == 500


def test_the_address_is_where_the_request_came_from(request_):
    assert actor.for_request(request_(REMOTE_ADDR="203.0.113.7")).ip_address == "203.0.113.7"
