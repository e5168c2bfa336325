"""Keys of feeds: what is forged reads nothing, and a key stands nowhere but in its address."""

from uuid import uuid4

import pytest
from django.apps import apps
from django.test import Client

from invites.audit.models import Event
from invites.feeds import keys
from invites.models import Feed
from portal import actor
from portal.models import RateLimitCounter, Session
from tests.invites.factories import guest, invitation, person
from tests.portal.test_logging import written  # noqa: F401

pytestmark = pytest.mark.django_db
PATHS = {Feed.ATTENTION: "/attention/feed", Feed.CALENDAR: "/guests/calendar.ics"}


@pytest.fixture(params=list(Feed))
def feed(request):
    return request.param


@pytest.fixture
def key(feed):
    paula = person()
    invitation(paula, state="unclear")
    guest(paula)
    return keys.create(uuid4(), feed, user=paula, by=actor.for_user(paula))


def read(feed, query, **options):
    return Client(raise_request_exception=False).get(f"{PATHS[feed]}?{query}", **options)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "key",
        "key=",
        "key=%00",
        "key=%ff%fe",
        "key={}&key={}",
        "key={}&key=",
        "KEY={}",
        "key={}%20",
        "key={}%0D%0AX: y",
        "key=" + "{}" * 50,
        "key=deskfeed_' OR 1=1 --",
        "key[]={}",
    ],
)
def test_what_is_not_exactly_the_key_reads_nothing(feed, key, query):
    response = read(feed, query.replace("{}", key))
    assert (response.status_code, response.content) == (404, b"Not found.")
    assert "Set-Cookie" not in response.headers


def test_a_key_counts_in_its_address_only(feed, key):
    path = PATHS[feed]
    tries = [
        Client().get(path, headers={"Authorization": f"Bearer {key}"}),
        Client().get(path, headers={"Cookie": f"key={key}"}),
        Client().head(path, {"other": key}),
    ]
    assert [one.status_code for one in tries] == [404] * 3
    assert Client().post(f"{path}?key={key}").status_code in {403, 405}
    assert Client().post(path, {"key": key}).status_code in {403, 405}


def test_the_key_is_nowhere_else(feed, key, written, monkeypatch):  # noqa: F811
    response = read(feed, f"key={key}")
    assert response.status_code == 200
    monkeypatch.setattr("invites.views.feeds._atom", None)
    monkeypatch.setattr("invites.views.feeds.calendar_of", None)
    broken = read(feed, f"key={key}", headers={"Referer": f"https://x.example/?key={key}"})
    assert broken.status_code == 500
    rows = "".join(str(list(model.objects.values())) for model in apps.get_models())
    for place in (written(), rows, response.text, str(response.headers), broken.text, str(broken.headers)):
        assert key not in place
    assert Event.objects.filter(type="feed-read").exists()


def test_guessing_is_limited_by_address_and_reported_once(feed, monkeypatch):
    from portal.web import rate_limits

    limit = rate_limits.RateLimit("feed", seconds=600, per_ip=3)
    monkeypatch.setattr(rate_limits, "FEED_OF_ANY_KEY", limit)
    statuses = [read(feed, f"key=deskfeed_{number}").status_code for number in range(6)]
    assert statuses == [404] * 3 + [429] * 3
    assert Event.objects.filter(type="attempt-refused").count() == 1
    assert RateLimitCounter.objects.count() == 1


def test_a_session_reads_no_feed(feed, client):
    client.force_login(person())
    before = Session.objects.count()
    assert client.get(PATHS[feed]).status_code == 404
    assert Session.objects.count() == before
