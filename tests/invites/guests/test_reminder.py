from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from invites.guests.reminder import reminder_for
from tests.invites.factories import guest, invitation, person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "email", ["carla@creative.example", "a&b=c?d@creative.example", "ä+%@bücher.example"]
)
def test_the_link_has_one_recipient_and_the_whole_text(email):
    paula = person()
    sent = invitation(paula, email=email, task_name="50 % & more\nBcc: all@studio.example", first_name="Ä&B")
    made = reminder_for(guest(paula, of=sent))
    parts = urlsplit(made.url)
    query = parse_qs(parts.query)
    assert set(query) == {"subject", "body"}
    assert query["body"] == [made.text.replace("\n", "\r\n")]
    assert "\n" not in made.subject
    assert unquote(parts.path) == email
