import pytest

from invites.batches.licences import Licences, licences


@pytest.mark.parametrize(
    ("guests", "others", "shown"),
    [(0, 0, "0"), (1, 0, "⅓"), (2, 0, "⅔"), (3, 0, "1"), (4, 2, "3⅓"), (0, 5, "5")],
)
def test_a_guest_takes_a_third(guests, others, shown):
    assert str(Licences(guests, others)) == shown


def test_licences_are_added():
    assert licences([True, False, True]) + Licences(1, 1) == Licences(3, 2)
