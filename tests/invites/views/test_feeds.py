"""`/feeds/`, `/attention/feed` and `/guests/calendar.ics`"""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone, translation
from django.utils.translation import gettext

from invites.audit.models import Event
from invites.models import FeedKey
from portal import clock
from portal.models import AworkToken, Session, User
from portal.standin.faults import Fault
from portal.web import rate_limits
from tests.invites.factories import guest, invitation, person

pytestmark = pytest.mark.django_db
FEEDS = {"attention": "application/atom+xml; charset=utf-8", "calendar": "text/calendar; charset=utf-8"}


@pytest.fixture
def paula(client):
    user = person()
    client.force_login(user)
    return user


def make(client, feed):
    """The address that the page shows."""
    page = client.post("/feeds/", {"key": str(uuid4()), "feed": feed}).text
    return (
        re.search(r"<p class=\"mono\">(.*?)</p>", page)[1].replace("<wbr>", "").partition("localhost:8000")[2]
    )


@pytest.fixture
def read():
    """Asks as a program does, without cookies."""
    return Client().get


@pytest.mark.parametrize("feed", FEEDS)
def test_a_key_reads_the_feed_without_a_session(client, paula, read, feed):
    address = make(client, feed)
    Session.objects.all().delete()
    made = invitation(paula, state="sent")
    guest(paula, of=made, ends_on=clock.today())
    response = read(address)
    assert (response.status_code, response["Content-Type"]) == (200, FEEDS[feed])
    assert "Carla Creative" in response.text
    assert (response["Referrer-Policy"], response["Cache-Control"]) == ("no-referrer", "private, no-store")
    assert not response.cookies
    assert not Session.objects.exists()


def test_the_address_is_shown_once(client, paula):
    key = make(client, "attention").partition("key=")[2]
    page = client.get("/feeds/").text
    assert key not in page
    assert "Replace the address" in page


def test_a_form_sent_twice_says_so(client, paula):
    fields = {"key": str(uuid4()), "feed": "calendar"}
    client.post("/feeds/", fields)
    assert "shown only once" in client.post("/feeds/", fields, follow=True).text
    assert FeedKey.objects.count() == 1


@pytest.mark.parametrize(
    "fields", [{}, {"key": "x", "feed": "calendar"}, {"key": str(uuid4()), "feed": "log"}]
)
def test_a_form_that_asks_for_something_else_creates_nothing(client, paula, fields):
    assert client.post("/feeds/", fields).status_code == 422
    assert not FeedKey.objects.exists()


def test_a_key_can_be_revoked_by_its_owner_only(client, paula, read):
    address = make(client, "calendar")
    url = f"/feeds/{FeedKey.objects.get().id}/revoke/"
    other = Client()
    other.force_login(person("Ada", role="administrator"))
    assert other.post(url).status_code == 404
    assert read(address).status_code == 200
    assert "was revoked" in client.post(url, follow=True).text
    assert read(address).status_code == 404


def test_whoever_left_gets_the_same_answer_as_a_wrong_key(client, paula, read):
    address = make(client, "calendar")
    wrong = read("/guests/calendar.ics?key=wrong")
    for change in ({"is_active": False}, {"is_active": True, "left_at": timezone.now()}):
        User.objects.filter(pk=paula.pk).update(**change)
        response = read(address)
        assert (response.status_code, response.content) == (404, wrong.content)


def test_a_feed_shows_what_the_present_desk_role_sees(client, read):
    mona, paula = person("Mona", role="lead"), person()
    client.force_login(mona)
    address = make(client, "attention")
    invitation(paula, state="unclear")
    assert "Carla" in read(address).text
    User.objects.filter(pk=mona.pk).update(role="manager")
    assert "Carla" not in read(address).text


def test_each_key_is_limited(client, paula, read, monkeypatch):
    address = make(client, "calendar")
    limit = rate_limits.RateLimit("feed", seconds=600, per_user=2)
    monkeypatch.setattr(rate_limits, "FEED", limit)
    assert [read(address).status_code for _ in range(3)] == [200, 200, 429]
    assert read(make(client, "calendar")).status_code == 200


def test_the_first_use_of_a_day_is_an_event(client, paula, read):
    address = make(client, "calendar")
    for _ in range(3):
        read(address)
    event = Event.objects.get(type="feed-read")
    assert (event.actor_id, event.details["feed"]) == (paula.awork_id, "calendar")


def test_awork_is_asked_whether_the_person_is_still_there(client, standin, sign_in):
    sign_in(client, "paula")
    address = make(client, "attention")
    paula = User.objects.get(first_name="Paula")
    User.objects.update(confirmed_at=timezone.now() - timedelta(minutes=16))
    assert client.get(address).status_code == 200
    User.objects.update(confirmed_at=timezone.now() - timedelta(minutes=16))
    standin.world.change(standin.world.person("paula"), is_deactivated=True)
    assert client.get(address).status_code == 404
    assert not AworkToken.objects.filter(user=paula).exists()


def test_an_awork_that_does_not_answer_is_no_reason_to_drop_the_calendar(client, standin, sign_in):
    sign_in(client, "paula")
    address = make(client, "calendar")
    User.objects.update(confirmed_at=timezone.now() - timedelta(minutes=16))
    standin.faults.add(Fault("GET", "/me", "status", times=None, options={"status": 503}))
    response = client.get(address)
    assert (response.status_code, response["Retry-After"]) == (503, "600")


def test_a_feed_is_in_the_language_of_its_person(client, paula, read):
    User.objects.update(language="de")
    guest(paula, ends_on=clock.today())
    feed = read(make(client, "attention"), headers={"Accept-Language": "en"}).text
    assert 'xml:lang="de"' in feed
    with translation.override("de"):
        assert gettext("Needs attention: %(workspace)s") % {"workspace": paula.workspace.name} in feed
    User.objects.update(language="")
    assert 'xml:lang="en"' in read(make(client, "attention"), headers={"Accept-Language": "de"}).text
