"""The guard on the order of locks notices what it forbids."""

import pytest
from django.db import transaction

from invites.audit.catalogue import EventType
from invites.audit.record import record
from portal.actor import PORTAL_WORKSPACE, for_system
from portal.models import Workspace

pytestmark = pytest.mark.django_db


def rename_workspace():
    Workspace.objects.filter(name="Nordlicht").update(name="Nordlicht Studio")


def append():
    record(EventType.SIGNED_OUT, by=for_system(PORTAL_WORKSPACE))


def test_a_row_after_the_chain_is_noticed(chain_is_locked_last):
    with transaction.atomic():
        append()
        rename_workspace()
    assert len(chain_is_locked_last.problems) == 1
    chain_is_locked_last.problems.clear()


def test_rows_before_the_chain_and_after_the_transaction_are_fine(chain_is_locked_last):
    with transaction.atomic():
        rename_workspace()
        append()
        append()
    with transaction.atomic():
        rename_workspace()
    assert chain_is_locked_last.problems == []
