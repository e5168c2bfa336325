"""Events that are in the log as well."""

import logging

import pytest

from invites.audit.catalogue import EventType
from invites.audit.record import record

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("type", "outcome", "level"),
    [
        (EventType.INVITATION_UNCLEAR, "unclear", logging.WARNING),
        (EventType.GUEST_ASSIGNMENT_UNCLEAR, "unclear", logging.WARNING),
        (EventType.VERIFIED, "broken", logging.ERROR),
        (EventType.VERIFIED, "whole", None),
        (EventType.INVITATION_SENT, "sent", None),
    ],
)
def test_an_event_that_operators_must_see_is_logged(
    paula, snapshot, log_lines, django_capture_on_commit_callbacks, type, outcome, level
):
    with django_capture_on_commit_callbacks(execute=True):
        event = record(type, by=paula, snapshot=snapshot, outcome=outcome)
        assert log_lines() == []  # not before it is committed
    expected = [(type.value, logging.getLevelName(level).lower(), str(event.request_id))] if level else []
    assert [(line["event"], line["level"], line["request_id"]) for line in log_lines()] == expected
    assert "carla" not in str(log_lines())
