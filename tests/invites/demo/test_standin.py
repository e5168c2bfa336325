"""The demo's connection to the stand-in awork."""

from datetime import UTC, datetime

import pytest

from invites.demo.standin import Standin

MAY = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


def test_its_time_can_be_set_and_goes_on(standin):
    here = Standin()
    here.set_time(MAY)
    assert MAY <= standin.world.now() < standin.world.now()
    assert f"{standin.world.now():%Y-%m-%d}" == "2026-05-04"
    here.set_time(None)
    assert standin.world.now().year >= 2026
    assert standin.world.now() > MAY.replace(year=MAY.year, month=6)


def test_what_it_refuses_is_an_error(standin):
    with pytest.raises(RuntimeError, match="colour"):
        Standin().set(colour="red")


def test_a_fault_happens_to_the_next_request(standin):
    Standin().fault("GET", "/me", "status", status=503)
    assert [fault.kind for fault in standin.faults.pending] == ["status"]
