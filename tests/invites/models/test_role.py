"""Roles as they were last seen."""

from dataclasses import replace
from uuid import uuid4

import pytest

from invites.models import RoleOption
from portal.awork.schemas import Role

pytestmark = pytest.mark.django_db
SEEN = Role(uuid4(), "Office", is_archived=True, manages=True)
GUEST = Role(uuid4(), "Gast", is_guest=True)


def option(role, **fields):
    said = {name: getattr(role, name) for name in ("is_admin", "is_guest", "is_agent", "is_archived")}
    return RoleOption(role_id=role.id, name=role.name, **said, **fields)


def test_a_role_is_kept_as_it_was_seen():
    assert option(SEEN, manages=True).role == SEEN
    assert option(SEEN, manages=False).role == replace(SEEN, manages=False)


def test_what_was_never_asked_about_may_manage_unless_it_is_the_guest_role():
    assert option(SEEN).role.may_manage
    assert not option(GUEST).role.may_manage
