"""Concurrent requests: one form is sent once, one expired token is refreshed once."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from invites.models import Invitation
from portal.models import AworkToken
from tests.faults.journey import INVITE, Journey
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
EXPECTED = {200, 302, 422}


@pytest.fixture
def journey(standin):
    one = Journey(standin)
    assert one.sign_in()
    one.browse()
    return one


def same_browser(journey, count):
    """Clients that share one session."""
    browsers = [Client() for _ in range(count)]
    for browser in browsers:
        browser.cookies = journey.client.cookies.copy()
    return browsers


@pytest.mark.parametrize("seconds", [0, 0.3])
def test_ten_submissions_of_one_form_send_once(journey, standin, seconds):
    standin.fault(*INVITE, "delay_before", seconds=seconds)
    browsers = same_browser(journey, 10)
    answers = at_once(10, lambda number: browsers[number].post("/invite/", journey.fields))

    assert standin.count(*INVITE) == 1
    invitation = Invitation.objects.get()
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {
        (302, f"/invite/{invitation.id}/")
    }
    for browser, answer in zip(browsers, answers, strict=True):
        assert browser.get(answer["Location"]).status_code == 200
    journey.check_consistent(invitation)


def test_ten_forms_for_one_guest_send_once(journey, standin):
    browsers = same_browser(journey, 10)
    forms = [{name: value for name, value in journey.fields.items() if name != "key"} for _ in browsers]
    answers = at_once(10, lambda number: browsers[number].post("/invite/", forms[number]))

    assert standin.count(*INVITE) == 1
    assert sorted(answer.status_code for answer in answers) == [302] + [422] * 9
    for answer in answers:
        assert answer.status_code == 302 or b"already invited" in answer.content
    journey.check_consistent(Invitation.objects.get())


def test_ten_retries_send_once(journey, standin):
    standin.world.seats = 0
    assert journey.send() == "refused"
    standin.world.seats = 50
    invitation = Invitation.objects.get()
    browsers = same_browser(journey, 10)
    answers = at_once(10, lambda number: browsers[number].post(f"/invitations/{invitation.id}/retry/"))

    assert {answer.status_code for answer in answers} <= EXPECTED
    assert standin.count(*INVITE) == 2
    invitation.refresh_from_db()
    assert (invitation.state, invitation.attempts) == ("sent", 2)


def test_fifty_requests_with_an_expired_token_refresh_once(journey, standin):
    standin.limits.second = 1000  # this test is about the refresh, not about rate limits
    AworkToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    standin.grants.expire()
    standin.fault(
        "POST", "/accounts/token", "delay_after", None, seconds=0.5
    )  # so that all requests arrive during the refresh
    browsers = same_browser(journey, 50)
    search = {"HX-Request": "true", "HX-Target": "task-options"}
    answers = at_once(
        50, lambda number: browsers[number].get("/invite/", {"q": f"copy {number}"}, headers=search)
    )

    assert standin.count("GET", "/search") == 51  # one from before; each needed a token
    assert [answer.status_code for answer in answers] == [200] * 50
    assert standin.grants.refreshes == 1
    assert standin.count("POST", "/accounts/token") == 2  # sign-in and refresh
