import pytest

from invites.messages import AWORK, OTHER, PORTAL, message_for
from invites.models import Reason

CODES_OF_AWORK = [
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
STAYED_HERE = [
    "rate-limited",
    "unreachable",
    "task-unreadable",
    "task-private",
    "task-busy",
    "sign-in-expired",
]


@pytest.mark.parametrize("code", CODES_OF_AWORK)
def test_every_code_of_awork_has_a_sentence_and_a_next_step(code):
    reason = message_for(code)
    assert reason is not OTHER
    assert str(reason.text).endswith(".")
    assert str(reason.next_step).endswith(".")


def test_no_code_is_explained_that_awork_does_not_have():
    assert sorted(AWORK) == sorted(CODES_OF_AWORK)


def test_an_unheard_code_still_has_plain_words():
    assert message_for("brand-new-code") is OTHER


def test_every_reason_has_a_message():
    assert set(PORTAL) == set(Reason)


@pytest.mark.parametrize("key", STAYED_HERE)
def test_what_never_left_says_so(key):
    assert "Nothing was sent" in str(PORTAL[key].text)
