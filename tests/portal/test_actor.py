"""The person behind a request."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from model_bakery import baker

from portal import actor
from portal.awork.shapes import Me, Person, Workspace
from portal.models import User

PROXIED = ("HTTP_X_FORWARDED_PROTO", "https")


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


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("<script>", "127.0.0.1"),
        ("", "127.0.0.1"),
    ],
)
def test_behind_a_proxy_its_last_entry_is_the_address(request_, settings, header, expected):
    settings.SECURE_PROXY_SSL_HEADER = PROXIED
    assert actor.of(request_(HTTP_X_FORWARDED_FOR=header)).address == expected


def test_without_a_proxy_the_header_is_anybodys_claim(request_):
    assert actor.of(request_(HTTP_X_FORWARDED_FOR="203.0.113.7")).address == "127.0.0.1"


def test_somebody_refused_is_named_in_the_log_of_their_workspace(request_):
    workspace = uuid4()
    found = actor.refused(request_(), stranger(workspace), [workspace])
    assert (found.workspace, found.name, found.email) == (workspace, "Gero Gast", "gero@elsewhere.example")


def test_somebody_of_another_workspace_in_the_portals(request_):
    assert actor.refused(request_(), stranger(uuid4()), [uuid4()]).workspace == actor.PORTAL
