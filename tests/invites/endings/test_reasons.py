"""Each reason that an ending can have, in a sentence that speaks of it."""

import pytest

from invites.endings.reasons import EndingReason, message_for
from invites.messages import AWORK_CODES
from invites.models import Reason
from invites.sending.result import NOT_SENT_REASONS, REASONS_WITHOUT_CODE

OF_RESULTS = {*NOT_SENT_REASONS.values(), *REASONS_WITHOUT_CODE.values(), Reason.REFUSED, Reason.NO_ANSWER}


@pytest.mark.parametrize("reason", [*EndingReason, *sorted(OF_RESULTS), Reason.TASK_BUSY, Reason.ERASED])
def test_none_speaks_of_an_invitation(reason):
    message = message_for(reason)
    assert str(message.text).endswith((".", "…"))
    assert "invitation" not in f"{message.text} {message.next_step}"


def test_codes_of_awork_have_their_text_and_unknown_ones_a_general_one():
    assert message_for("insufficient-seats") == AWORK_CODES["insufficient-seats"]
    assert str(message_for("brand-new").text) == "The change was refused by awork."
