"""How times say their zone."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone, translation

from portal.zones import moment, zone_name

NOON = datetime(2026, 7, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("UTC", "UTC"),
        ("Europe/Berlin", "CEST"),
        ("America/Sao_Paulo", "UTC-03"),
        ("Asia/Kathmandu", "UTC+0545"),
    ],
)
def test_a_zone_has_its_name_or_its_distance_from_utc(zone, name):
    with timezone.override(zone):
        assert zone_name(NOON) == name


@pytest.mark.parametrize(
    ("language", "shown"),
    [("en", "20 Jul 2026, 14:00 CEST"), ("de", "20.\u00a0Juli 2026, 14:00 MESZ")],
)
def test_a_moment_is_in_the_readers_language_and_zone(language, shown):
    with timezone.override("Europe/Berlin"), translation.override(language):
        assert moment(NOON) == shown
