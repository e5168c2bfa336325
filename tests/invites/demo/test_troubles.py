"""What goes wrong in the demo's story."""

import pytest

from invites.demo import story
from invites.demo.standin import Standin
from invites.demo.troubles import TROUBLES, trouble
from tests.invites.demo.test_story import MONDAY


def test_every_trouble_of_the_story_is_known():
    rows = [row for _, row in story.load(MONDAY) if row.action in {"invite", "retry"}]
    told = {row.detail for row in rows if not row.comment}
    assert told - {"released"} == set(TROUBLES)


def test_there_are_licences_again_after_none_was_left(standin):
    with trouble(Standin(), "no licence"):
        assert standin.world.seats == 1
    assert standin.world.seats == 50


@pytest.mark.parametrize("name", sorted(set(TROUBLES) - {"", "no licence"}))
def test_other_troubles_happen_once(standin, name):
    with trouble(Standin(), name):
        assert [fault.times for fault in standin.faults.pending] == [1]
