from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from invites.audit.models import Event
from invites.audit.presenters import present
from invites.models import Decision, Ending, Review, Unanswered
from invites.reviews import close as module
from invites.reviews.close import call_off, close, close_due
from invites.reviews.decide import Answer, decide
from invites.sending.erase import erase
from portal import actor, clock
from tests.invites.factories import person
from tests.threads import at_once

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(autouse=True)
def in_berlin(settings):
    settings.DESK_TIME_ZONE = "Europe/Berlin"


def end_of(review):
    """The last moment of the review's last day."""
    return datetime.combine(review.due_on, time.max, BERLIN)


def run():
    return close_due(lambda: True)


def state_of(review):
    review.refresh_from_db()
    return review.state


def test_it_closes_when_its_day_is_over(started, invited, paula, mara):
    invited(paula, "Carla")
    invited(mara, "Ben", sponsor=None)
    review = started()
    with time_machine.travel(end_of(review), tick=False):
        assert run() == 0
    with time_machine.travel(end_of(review) + timedelta(seconds=1), tick=False):
        assert (run(), run()) == (1, 0)
        now = clock.now()
    assert (state_of(review), review.closed_at, review.closed_by) == ("closed", now, None)
    assert [(item.decision, item.sponsor) for item in review.items.order_by("pk")] in (
        [("kept", paula), ("kept", None)],
        [("kept", None), ("kept", paula)],
    )
    event = Event.objects.get(type="review-closed")
    assert present([event])[0].sentence == (
        "Invitation desk closed a review of guests: 0 confirmed, 0 ended, 2 without an answer."
    )


def test_a_sponsor_who_left_was_not_asked_in_the_end(started, invited, paula, ada):
    invited(person("Gerd Gone", is_active=False), "Carla")
    review = started()
    close(review.pk, by=actor.for_user(ada), user=ada)
    assert review.items.get().sponsor is None


def test_after_an_outage_it_closes_late(started, invited, paula):
    invited(paula, "Carla")
    review = started()
    with time_machine.travel(end_of(review) + timedelta(days=9), tick=False):
        assert run() == 1
    assert state_of(review) == "closed"


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_closes_it(started, invited, paula):
    invited(paula, "Carla")
    review = started()
    Review.objects.update(due_on=clock.today() - timedelta(days=1))
    assert sum(at_once(2, lambda number: run())) == 1
    assert state_of(review) == "closed"
    assert Event.objects.filter(type="review-closed").count() == 1


def test_it_stops_when_the_worker_stops(started, invited, paula):
    invited(paula, "Carla")
    started(days=-1)
    assert close_due(lambda: False) == 0


def test_what_was_answered_stays_and_is_counted(started, invited, paula, ada):
    carla = invited(paula, "Carla")
    invited(paula, "Ben")
    review = started()
    item = review.items.get(guest=carla)
    decide(review, [Answer(item.pk, Decision.CONFIRMED)], user=paula, by=actor.for_user(paula))
    assert close(review.pk, by=actor.for_user(ada), user=ada)
    assert not close(review.pk, by=actor.for_user(ada), user=ada)
    assert (state_of(review), review.closed_by) == ("closed", ada)
    details = Event.objects.get(type="review-closed").details
    assert details == {"review": str(review.pk), "confirmed": 1, "ended": 0, "unanswered": 1}
    item.refresh_from_db()
    assert (item.decision, item.decided_by) == ("confirmed", paula)


def test_calling_it_off_leaves_the_rest_without_an_answer(started, invited, paula, ada):
    invited(paula, "Carla")
    review = started()
    assert call_off(review.pk, by=actor.for_user(ada), user=ada)
    assert state_of(review) == "called-off"
    assert review.items.get().decision == "open"
    event = Event.objects.get(type="review-closed")
    assert "Ada Ahrens called off a review of guests" in present([event])[0].sentence
    assert run() == 0


def test_an_erased_guest_is_not_counted(started, invited, paula, ada):
    carla = invited(paula, "Carla")
    invited(paula, "Ben")
    review = started()
    erase(carla.email, workspaces=[ada.workspace_id], by=actor.for_user(ada), reason="asked")
    close(review.pk, by=actor.for_user(ada), user=ada)
    assert Event.objects.get(type="review-closed").details["unanswered"] == 1


def test_access_without_an_answer_ends_with_the_access_of_who_started_it(started, invited, paula, ada):
    carla, ben = invited(paula, "Carla"), invited(paula, "Ben")
    review = started(unanswered=Unanswered.ENDED)
    item = review.items.get(guest=ben)
    decide(review, [Answer(item.pk, Decision.CONFIRMED)], user=paula, by=actor.for_user(paula))
    with time_machine.travel(end_of(review) + timedelta(seconds=1), tick=False):
        assert (run(), run()) == (2, 0)
    ending = Ending.objects.get()
    assert (ending.guest, ending.user, ending.cause) == (carla, ada, "review")
    lapsed = review.items.get(guest=carla)
    assert (lapsed.decision, lapsed.sponsor, list(lapsed.endings.all())) == ("lapsed", paula, [ending])
    event = Event.objects.get(type="guest-reviewed", outcome="lapsed")
    said = "Nobody answered in a review whether Carla is still needed, so the access ends."
    assert present([event])[0].sentence == said
    assert Event.objects.get(type="review-closed").details["unanswered"] == 1


def test_closed_early_it_ends_with_the_access_of_who_closed_it(started, invited, paula):
    invited(paula, "Carla")
    review = started(unanswered=Unanswered.ENDED)
    other = person("Olga Other", role="administrator")
    close(review.pk, by=actor.for_user(other), user=other)
    assert not Ending.objects.exists()
    assert run() == 1
    assert Ending.objects.get().user == other


def test_called_off_nobody_loses_access(started, invited, paula, ada):
    invited(paula, "Carla")
    review = started(unanswered=Unanswered.ENDED)
    call_off(review.pk, by=actor.for_user(ada), user=ada)
    assert run() == 0
    assert not Ending.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_ends_each_access(started, invited, paula):
    for number in range(4):
        invited(paula, f"Guest{number}")
    started(unanswered=Unanswered.ENDED)
    Review.objects.update(due_on=clock.today() - timedelta(days=1))
    assert sum(at_once(2, lambda number: run())) + run() == 5
    assert Ending.objects.count() == 4
    assert Event.objects.filter(type="guest-reviewed").count() == 4


def test_one_that_fails_holds_up_no_other_and_is_tried_again(started, invited, paula, ada, monkeypatch):
    carla, ben = invited(paula, "Carla"), invited(paula, "Ben")
    review = started(unanswered=Unanswered.ENDED)
    close(review.pk, by=actor.for_user(ada), user=ada)
    ending = module.end

    def fail_once(item, guest, **details):
        if guest == carla:
            raise RuntimeError
        ending(item, guest, **details)

    monkeypatch.setattr(module, "end", fail_once)
    with pytest.raises(RuntimeError):
        run()
    assert [one.guest for one in Ending.objects.all()] == [ben]
    monkeypatch.undo()
    assert run() == 1
    assert Ending.objects.count() == 2


def test_what_another_worker_has_ended_meanwhile_is_left_alone(started, invited, paula, ada):
    invited(paula, "Carla")
    review = started(unanswered=Unanswered.ENDED)
    close(review.pk, by=actor.for_user(ada), user=ada)
    others = []

    def go_on():
        if not others:  # after the rows were listed, and before the first one
            others.append(1)
            others.append(run())
        return True

    assert close_due(go_on) == 0
    assert others == [1, 1]
    assert Event.objects.filter(type="guest-reviewed").count() == 1
