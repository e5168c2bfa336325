"""`/batches/`: the batches that one may see, newest first."""

import re
from datetime import timedelta

import pytest

from tests.invites.factories import NOON, batch, person
from tests.invites.views.pages import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def paula(client):
    user = person()
    client.force_login(user)
    return user


def sizes(shown):
    return re.findall(r"Batch of (\d+) guests?", shown)


def test_ones_own_batches_newest_first_with_state_and_counts(client, paula):
    batch(paula, [{"state": "sent"}] * 2, created_at=NOON - timedelta(days=1), state="done")
    newest = batch(paula, [{"state": "sent"}, {"state": "refused"}, {}], state="paused")
    batch(person("Mara Manager"), [{}] * 9)
    shown = text(client.get("/batches/"))
    assert sizes(shown) == ["3", "2"]
    assert f'href="/batches/{newest.id}/"' in shown
    row = shown[shown.index("Batch of 3") : shown.index("Batch of 2")]
    assert re.findall(r'data-state="\w+">([\w ]+)</span> ?(\d*)', row) == [
        ("Queued", "1"),
        ("Sent", "1"),
        ("Refused", "1"),
        ("Paused", ""),
    ]


def test_who_sees_all_sees_who_started_them(client):
    client.force_login(person(role="auditor"))
    batch(person("Mara Manager"), [{}])
    batch(person("Otto Other", "Elsewhere"), [{}] * 2)
    shown = text(client.get("/batches/"))
    assert sizes(shown) == ["1"]
    assert "Mara Manager" in shown


@pytest.mark.parametrize(("role", "has_step"), [("manager", True), ("auditor", False)])
def test_without_any_it_says_so_and_offers_the_next_step(client, role, has_step):
    client.force_login(person(role=role))
    shown = text(client.get("/batches/"))
    assert "No batches yet" in shown
    assert ("Invite many guests" in shown) is has_step


def test_thirty_a_page_with_few_queries(client, paula, django_assert_num_queries):
    for number in range(31):
        batch(paula, [{}] * (number + 1), created_at=NOON - timedelta(hours=number))
    with django_assert_num_queries(5):  # session, user, attention, batches, counts
        shown = text(client.get("/batches/"))
    assert sizes(shown) == [str(number) for number in range(1, 31)]
    onward = re.search(r'rel="next" href="([^"]+)"', shown)[1]
    shown = text(client.get(onward))
    assert sizes(shown) == ["31"]
    assert 'rel="prev"' in shown
