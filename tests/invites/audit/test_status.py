"""The line that says how much of the log is verified."""

from dataclasses import replace

import pytest

from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.audit.status import log_status
from invites.audit.verify import record_verification, verify
from portal.actor import PORTAL_WORKSPACE

pytestmark = pytest.mark.django_db


def verify_now(by):
    record_verification(verify(by.workspace, []), by=by)


@pytest.fixture
def portal(paula):
    return replace(paula, workspace=PORTAL_WORKSPACE)


def test_a_log_that_was_never_verified(paula):
    status = log_status(paula.workspace)
    assert (status.event, status.newer, status.verified_at) == (None, 0, None)
    record(EventType.SIGNED_IN, by=paula)
    assert log_status(paula.workspace).rest == "1 event, not verified yet."


def test_events_after_the_verification_are_counted_and_so_is_its_own(paula):
    for _ in range(3):
        record(EventType.SIGNED_IN, by=paula)
    verify_now(paula)
    record(EventType.SIGNED_OUT, by=paula)
    status = log_status(paula.workspace)
    assert status.range == "Verified up to event 3"
    assert status.rest == "2 newer events not yet verified."
    assert status.verified_at == status.own.event.at


def test_both_chains_are_counted(paula, portal):
    record(EventType.SIGNED_IN, by=paula)
    for _ in range(4):
        record(EventType.SIGN_IN_REFUSED, by=portal)
    verify_now(paula)
    assert log_status(paula.workspace).newer == 1 + 4

    verify_now(portal)
    status = log_status(paula.workspace)
    assert status.range == "Verified up to event 1, and up to event 4 of the portal"
    assert status.newer == 1 + 1
    assert status.verified_at == status.own.event.at


def test_a_problem_of_either_chain_comes_first(paula, portal):
    verify_now(paula)
    assert not log_status(paula.workspace).own.is_broken
    broken = record(EventType.VERIFIED, by=portal, outcome="broken", details={"events": 3, "sequence": 4})
    assert log_status(paula.workspace).event == broken


def test_a_tampered_count_verifies_nothing(paula):
    record(EventType.VERIFIED, by=paula, outcome="whole", details={"events": "seven"})
    assert log_status(paula.workspace).newer == 1
