"""Invitations, members and the audit log find the same for the same words."""

import pytest
from django.db import transaction

from invites.audit.catalogue import EventType
from invites.audit.record import record
from portal.roles import DeskRole
from tests.cases import rows
from tests.invites.conftest import actor
from tests.invites.factories import invitation, person

pytestmark = pytest.mark.django_db
MEMBER, GUEST = "Zzyzx", "Qwghlm"  # the last names of those to be found
OTHERS = [("carla", "Carla", "1"), ("arla", "Carla", "0"), ("car\u2019la", "Carla", "0"), ("50%", "50%", "1")]
OTHERS += [("ueber", "\u00dcber", "0"), ("O\u02bcNeill", "O`Neill", "1"), ("lukasz", "\u0141ukasz", "1")]


@pytest.mark.parametrize(
    ("path", "name"), [("/invitations/", GUEST), ("/members/", MEMBER), ("/audit/", GUEST)]
)
@pytest.mark.parametrize(("typed", "stored", "found"), rows("search") + OTHERS)
def test_the_same_is_found_on_every_page(client, path, name, typed, stored, found):
    reader = person("Ada Ahrens", role=DeskRole.ADMINISTRATOR)
    client.force_login(reader)
    named = person(f"{MEMBER} {MEMBER}")
    named.first_name = stored
    named.save()
    about = invitation(reader, first_name=stored, last_name=GUEST, email="guest@nordlicht.example")
    with transaction.atomic():
        record(EventType.INVITATION_SENT, by=actor(reader), snapshot=about.snapshot)

    assert (name in client.get(path, {"q": typed}).text) is (found == "1")
