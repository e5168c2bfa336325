"""Which violations mean that a row exists already."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.integrity import is_duplicate
from portal.models import NamedLock, User, Workspace

pytestmark = pytest.mark.django_db


def violation(save):
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        save()
    return caught.value


@pytest.fixture
def paula():
    home = Workspace.objects.create(id=uuid4(), name="Nordlicht Studio")
    return User.objects.create(awork_id=uuid4(), workspace=home, email="paula@nordlicht.example")


def test_a_primary_key_is_a_duplicate_of_its_own_table():
    def lock():
        return NamedLock.objects.create(name="task", holder=uuid4(), expires_at=timezone.now())

    lock()
    error = violation(lock)
    assert is_duplicate(error, NamedLock)
    assert not is_duplicate(error, User)


def test_a_unique_constraint_is_a_duplicate(paula):
    repeated = User(awork_id=paula.awork_id, workspace=paula.workspace, email="other@nordlicht.example")
    assert is_duplicate(violation(repeated.save), User)


def test_a_missing_value_is_no_duplicate(paula):
    paula.first_name = None
    assert not is_duplicate(violation(paula.save), User)
