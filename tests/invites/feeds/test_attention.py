"""*Needs attention* as an Atom feed."""

from xml.etree import ElementTree

import pytest

from invites.feeds.attention import feed_of
from portal import clock
from tests.invites.factories import invitation, person

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


def entries(user):
    root = ElementTree.fromstring(feed_of(user).writeString("utf-8"))  # noqa: S314  # our own
    names = ("id", "title", "summary")
    found = root.findall(f"{ATOM}entry")
    return [
        {name: one.findtext(f"{ATOM}{name}") for name in names} | one.find(f"{ATOM}link").attrib
        for one in found
    ]


def test_it_has_what_the_page_has(settings):
    paula = person()
    one = invitation(paula, state="unclear", attempted_at=clock.now())
    [entry] = entries(paula)
    assert entry["title"] == "Unclear invitations: Carla Creative, invited to WEB-12"
    assert entry["summary"] == "awork may have sent the invitation"
    assert entry["href"] == settings.PORTAL_URL + one.get_absolute_url()
    assert entries(paula) == [entry]  # with the same id
    assert entries(person("Mara Manager")) == []


def test_names_of_any_kind_are_text():
    paula = person()
    hostile = '<b>&"\x00\x0b\ufffe\U0001f600\r\n]]>'.replace("\x00", "")
    invitation(paula, state="unclear", first_name=hostile, last_name="")
    [entry] = entries(paula)
    assert '<b>&"\ufffd\ufffd\U0001f600' in entry["title"]
