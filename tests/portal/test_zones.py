"""How times say their zone."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from portal.zones import zone_name

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
