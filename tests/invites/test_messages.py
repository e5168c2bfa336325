import pytest

from invites.messages import AWORK_CODES, REASONS, UNKNOWN_CODE, message_for, retry_in
from invites.models import Reason

KNOWN_CODES = [
    "workspaceid-missing",
    "not-found",
    "entity-archived",
    "duplication-violation",
    "database-commit",
    "concurrency-violation",
    "date-dependency",
    "date-out-of-range",
    "value-out-of-range",
    "invalid-operation",
    "invalid-model",
    "validation-failed",
    "server-error",
    "already-exist-error",
    "invalid-filter-or-order",
    "illegal-property-transition",
    "unauthorized",
    "invalid-batch-operation",
    "deactivated-user",
    "request-body-too-large",
    "insufficient-subscription-level",
    "insufficient-seats",
]
NOT_SENT = [
    "rate-limited",
    "unreachable",
    "task-unreadable",
    "task-private",
    "project-closed",
    "task-busy",
    "sign-in-expired",
    "client-rejected",
    "firewall",
]


@pytest.mark.parametrize("code", KNOWN_CODES)
def test_every_awork_code_has_a_text_and_a_next_step(code):
    message = message_for(code)
    assert message is not UNKNOWN_CODE
    assert str(message.text).endswith(".")
    assert str(message.next_step).endswith(".")


def test_there_are_no_messages_for_codes_that_awork_does_not_have():
    assert sorted(AWORK_CODES) == sorted(KNOWN_CODES)


def test_an_unknown_code_has_a_general_message():
    assert message_for("brand-new-code") is UNKNOWN_CODE


def test_every_reason_has_a_message():
    assert set(REASONS) == set(Reason)


@pytest.mark.parametrize("key", NOT_SENT)
def test_reasons_for_not_sending_say_that_nothing_was_sent(key):
    assert "Nothing was sent" in str(REASONS[key].text)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(1, "1 minute."), (60, "1 minute."), (61, "2 minutes."), (3600, "60 minutes.")]
)
def test_the_end_of_a_limit_is_said_in_full_minutes(seconds, shown):
    assert retry_in(seconds).endswith(f"Retry in {shown}")
