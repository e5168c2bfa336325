from email.message import Message
from urllib.error import HTTPError

import pytest

from invites.audit.bounded import Attempts, NotDelivered


def answer(connections):
    raise HTTPError("https://siem.studio.example/?key=geheim", 422, "geheim", Message(), None)


def test_a_refusal_has_its_status_and_nothing_of_the_url_or_the_answer():
    with pytest.raises(NotDelivered) as problem:
        Attempts().run(answer)
    assert (str(problem.value), problem.value.status) == ("it answered 422", 422)
