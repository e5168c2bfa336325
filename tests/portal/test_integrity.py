"""Which constraint an error of the database is about."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.integrity import PRIMARY_KEY, violated
from portal.models import NamedLock, PendingRole, User, Workspace

pytestmark = pytest.mark.django_db


def violation(save):
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        save()
    return caught.value


@pytest.fixture
def home():
    return Workspace.objects.create(id=uuid4(), name="Nordlicht Studio")


@pytest.fixture
def paula(home):
    return User.objects.create(awork_id=uuid4(), workspace=home, email="paula@nordlicht.example")


def test_a_primary_key_is_known_for_its_own_table_only():
    def lock():
        return NamedLock.objects.create(name="task", holder=uuid4(), expires_at=timezone.now())

    lock()
    error = violation(lock)
    assert violated(error, NamedLock) == PRIMARY_KEY
    assert violated(error, User) == ""


def test_a_unique_constraint_is_known_by_its_name(home):
    def role():
        return PendingRole.objects.create(workspace=home, email="lea@nordlicht.example", role="lead")

    role()
    assert violated(violation(role), PendingRole) == "portal_pendingrole_email"


def test_a_constraint_that_the_model_does_not_name_is_unknown(paula):
    repeated = User(awork_id=paula.awork_id, workspace=paula.workspace, email="other@nordlicht.example")
    assert violated(violation(repeated.save), User) == ""


def test_a_missing_value_violates_no_unique_constraint(paula):
    paula.first_name = None
    assert violated(violation(paula.save), User) == ""
