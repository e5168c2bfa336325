"""`/batches/<id>/`: how far a batch is, its lines, and what htmx gets of it."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine

from tests.invites.factories import NOON, batch, person
from tests.invites.views.pages import text

pytestmark = pytest.mark.django_db
UPDATE = {"HX-Request": "true", "HX-Target": "batch-poll"}


@pytest.fixture
def paula(client):
    user = person()
    client.force_login(user)
    return user


def page(client, found, query="", **options):
    response = client.get(f"/batches/{found.id}/{query}", **options)
    assert response.status_code == 200
    return text(response)


def disabled(shown):
    return re.findall(r'id="batch-(\w+)"[^>]*aria-disabled="true"', shown)


def test_it_shows_how_far_it_is_and_every_line(client, paula):
    lines = [
        {"state": "sent"},
        {"state": "refused", "reason": "invalid-operation"},
        {},
        {"state": "requested"},
    ]
    found = batch(paula, lines)
    shown = page(client, found)
    assert "2 of 4 lines done" in shown
    assert re.search(r'<progress [^>]*max="4" value="2"', shown)
    assert "This is not allowed in awork." in shown
    for line in found.invitations.all():
        assert shown.count(f'href="/invitations/{line.id}/"') == 1
    counts = re.findall(r'id="count-(\w+)" class="count" ?>(\d+)<', shown)
    assert counts == [("all", "4"), ("failed", "1"), ("unclear", "0"), ("sent", "1"), ("waiting", "2")]


def test_it_says_how_fast_and_how_long(client, paula):
    sent = [{"state": "sent", "attempted_at": NOON - timedelta(seconds=30)}] * 6
    found = batch(paula, [*sent, *[{}] * 40])
    with time_machine.travel(NOON, tick=False):
        client.force_login(paula)
        shown = page(client, found)
    assert "12 a minute" in shown
    assert "about 4 minutes left" in shown


def test_an_unclear_line_is_said_to_be_checked(client, paula):
    found = batch(paula, [{"state": "unclear", "reason": "no-answer"}], state="done")
    assert "1 unclear: we check it with awork" in page(client, found)


@pytest.mark.parametrize(
    ("query", "guests"),
    [("", [1, 2, 3, 4]), ("?state=failed", [2, 3]), ("?state=unclear", [4]), ("?state=other", [1, 2, 3, 4])],
)
def test_lines_of_one_state(client, paula, query, guests):
    lines = [{"state": state} for state in ("sent", "refused", "not_sent", "unclear")]
    shown = page(client, batch(paula, lines), query)
    assert re.findall(r'data-label="Line">(\d+)<', shown) == [str(number) for number in guests]


def test_a_hundred_lines_a_page(client, paula):
    found = batch(paula, [{"state": "sent"}] * 150)
    shown = page(client, found, "?state=sent")
    onward = re.search(r'rel="next" href="([^"]+)"', shown)[1]
    assert "state=sent" in onward
    assert re.findall(r'data-label="Line">(\d+)<', shown) == [str(number) for number in range(1, 101)]
    shown = text(client.get(onward.replace("&amp;", "&")))
    assert re.findall(r'data-label="Line">(\d+)<', shown) == [str(number) for number in range(101, 151)]


def test_the_number_of_queries_does_not_grow_with_the_lines(client, paula, django_assert_max_num_queries):
    found = batch(paula, [{"state": "refused"}] * 100)
    with django_assert_max_num_queries(
        9
    ):  # session, user, attention, batch, counts, rate, worker, lines to retry, lines
        page(client, found)


# Following it.


def test_htmx_gets_only_the_parts_that_change(client, paula):
    found = batch(paula, [{"state": "sent"}, {}])
    shown = page(client, found, headers=UPDATE)
    assert "<html" not in shown
    parts = re.findall(r'<\w+ id="([\w-]+)"[^>]*hx-swap-oob="true"', shown)
    buttons = ["batch-pause", "batch-resume", "batch-stop", "batch-retry"]
    counts = [f"count-{name}" for name in ("all", "failed", "unclear", "sent", "waiting")]
    lines = [f"line-{line.id}" for line in found.invitations.order_by("line")]
    assert parts == ["batch-progress", "batch-text", *buttons, *counts, *lines]
    whole = page(client, found)
    assert "hx-swap-oob" not in whole
    assert all(f'id="{name}"' in whole for name in parts)


def test_lines_of_one_state_do_not_come_and_go_by_themselves(client, paula):
    shown = page(client, batch(paula, [{"state": "sent"}, {}]), "?state=waiting", headers=UPDATE)
    assert 'id="count-waiting"' in shown
    assert 'id="line-' not in shown
    assert "?state=waiting" in re.search(r'hx-get="([^"]+)"', shown)[1]


@pytest.mark.parametrize(
    ("state", "line", "trigger", "reloads"),
    [
        ("running", "queued", "every 2s", True),
        ("paused", "queued", "every 10s", False),
        ("stopped", "queued", "every 2s", True),
        ("done", "sent", None, False),
    ],
)
def test_it_asks_for_news_while_there_can_be_some(client, paula, state, line, trigger, reloads):
    found = batch(paula, [{"state": line}], state=state)
    for shown in (page(client, found), page(client, found, headers=UPDATE)):
        assert re.findall(r'hx-trigger="([^"]+)"', shown) == ([trigger] if trigger else [])
    refresh = '<noscript><meta http-equiv="refresh" content="10"></noscript>'
    assert (refresh in page(client, found)) is reloads
    assert refresh not in page(client, found, "?reload=off")


@pytest.mark.parametrize(
    ("state", "line", "tone"),
    [
        ("running", "queued", "info"),
        ("paused", "queued", "warning"),
        ("done", "sent", "success"),
        ("done", "refused", "info"),
    ],
)
def test_the_tone_is_that_of_the_outcome(client, paula, state, line, tone):
    assert f'data-tone="{tone}"' in page(client, batch(paula, [{"state": line}], state=state))


def test_the_state_is_announced_and_the_numbers_are_not(client, paula):
    found = batch(paula, [{}, {}])
    before = re.findall(r'data-announce="([^"]*)"', page(client, found, headers=UPDATE))
    found.invitations.filter(line=1).update(state="unclear")
    assert re.findall(r'data-announce="([^"]*)"', page(client, found, headers=UPDATE)) == before
    assert before[0].startswith("Running: ")
    assert len(before) == 1


# Who may do what.


@pytest.mark.parametrize(
    ("role", "buttons"),
    [
        ("lead", []),
        ("auditor", []),
        ("administrator", ["pause", "stop"]),
    ],
)
def test_other_people_see_the_buttons_that_they_may_press(client, role, buttons):
    found = batch(person("Mara Manager"), [{"state": "refused"}, {}])
    client.force_login(person(role=role))
    shown = page(client, found)
    assert re.findall(r'id="batch-(pause|resume|stop|retry)"', shown) == buttons
    assert "Mara Manager" in shown


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("running", ["resume"]),
        ("paused", ["pause"]),
        ("stopped", ["pause", "resume", "stop"]),
        ("done", ["pause", "resume", "stop"]),
    ],
)
def test_what_cannot_be_done_now_is_marked_and_keeps_its_place(client, paula, state, expected):
    shown = page(client, batch(paula, [{"state": "refused"}], state=state))
    assert re.findall(r'id="batch-(pause|resume|stop|retry)"', shown) == ["pause", "resume", "stop", "retry"]
    assert disabled(shown) == expected
    assert "Retry failed lines (1)" in shown


def test_a_stopped_batch_is_retried_when_all_its_lines_are_marked(client, paula):
    found = batch(paula, [{"state": "refused"}, {}], state="stopped")
    assert "retry" in disabled(page(client, found))
    found.invitations.filter(line=2).update(state="not_sent")
    assert "Retry failed lines (2)" in page(client, found)


def test_nothing_to_retry_is_marked(client, paula):
    assert disabled(page(client, batch(paula, [{"state": "sent"}], state="running"))) == ["resume", "retry"]


def test_an_inviter_who_lost_the_right_can_still_stop(client):
    found = batch(user := person(role="auditor"), [{}])
    client.force_login(user)
    assert re.findall(r'id="batch-(pause|resume|stop|retry)"', page(client, found)) == ["pause", "stop"]


def test_batches_of_others_are_not_there(client, paula):
    foreign = batch(person("Otto Other", "Elsewhere"), [{}])
    colleague = batch(person("Mara Manager"), [{}])
    for found in (foreign.id, colleague.id, uuid4()):
        assert client.get(f"/batches/{found}/").status_code == 404


def test_markup_in_names_stays_text(client, paula):
    found = batch(paula, [{"first_name": "<script>x</script>", "task_name": "<b>y</b>"}])
    shown = page(client, found)
    assert "<script>x" not in shown
    assert "<b>y" not in shown
