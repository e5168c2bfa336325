from datetime import timedelta
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4

import pytest
from django.utils import translation

from invites.guests.reminder import is_long_pending, long_pending_since, reminders_for
from invites.models import Guest
from portal import clock
from tests.invites.factories import guest, invitation, person, policy

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "email", ["carla@creative.example", "a&b=c?d@creative.example", "ä+%@bücher.example"]
)
def test_the_link_has_one_recipient_and_the_whole_text(email):
    paula = person()
    sent = invitation(paula, email=email, task_name="50 % & more\nBcc: all@studio.example", first_name="Ä&B")
    made = reminders_for(guest(paula, of=sent))[0]
    parts = urlsplit(made.url)
    query = parse_qs(parts.query)
    assert set(query) == {"subject", "body"}
    assert query["body"] == [made.text.replace("\n", "\r\n")]
    assert "\n" not in made.subject
    assert unquote(parts.path) == email


@pytest.mark.parametrize(("reader", "languages"), [("en", ["en", "de"]), ("de", ["de", "en"])])
def test_the_message_is_in_each_language_the_readers_first(reader, languages):
    paula = person()
    pending = guest(paula, of=invitation(paula, first_name="Carla"))
    with translation.override(reader):
        made = reminders_for(pending)
        assert [one.language for one in made] == languages
        names = [one.language_name for one in made]
    texts = {one.language: one.text for one in made}
    assert texts["en"].startswith("Hello Carla")
    assert texts["de"].startswith("Guten Tag Carla")
    assert names == (["English", "German"] if reader == "en" else ["Deutsch", "Englisch"])


@pytest.mark.parametrize(("days", "long"), [(None, 7), (3, 3), (30, 30)])
def test_the_policy_says_after_how_many_days_a_guest_is_pending_too_long(days, long):
    ada = person("Ada Ahrens", role="administrator")
    if days:
        policy(ada, pending_days=99)
        policy(ada, pending_days=days)
    for hours in (-1, 1):
        at = clock.now() - timedelta(days=long, hours=hours)
        found = guest(
            ada, of=invitation(ada, email=f"g{hours}@creative.example", task_id=uuid4()), invited_at=at
        )
        assert is_long_pending(found) is (hours > 0)
    since = Guest.objects.filter(invited_at__lte=long_pending_since(ada.workspace_id))
    assert [one.email for one in since] == ["g1@creative.example"]
