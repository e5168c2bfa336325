from uuid import UUID

import pytest

from invites.audit.models import Event, Person
from invites.audit.presenters import present
from invites.models import Decision, Ending, Review, ReviewItem
from invites.reviews import decide
from invites.reviews.close import close
from invites.reviews.decide import Answer
from invites.sending.erase import erase
from portal import actor
from portal.models import User
from tests.invites.factories import invitation, person
from tests.threads import at_once

pytestmark = pytest.mark.django_db


def answer(review, user, *guests, decision=Decision.CONFIRMED, **fields):
    items = ReviewItem.objects.filter(review=review, guest__in=guests)
    answers = [Answer(item.pk, decision, **fields) for item in items]
    return decide.decide(review, answers, user=user, by=actor.for_user(user))


def item_of(guest):
    return ReviewItem.objects.get(guest=guest)


def test_an_answer_is_saved_with_its_event(started, invited, paula):
    carla = invited(paula, "Carla")
    review = started()
    assert answer(review, paula, carla, reason="Carla writes until May").saved == 1
    item = item_of(carla)
    assert (item.decision, item.decided_by, item.sponsor) == ("confirmed", paula, paula)
    assert item.reason == "Carla writes until May"
    event = Event.objects.get(type="guest-reviewed")
    assert present([event])[0].sentence == "Paula Planer confirmed in a review that Carla is still needed."
    assert event.details == {"review": str(review.pk), "has_reason": True}
    assert "May" not in str(Event.objects.values())


def test_the_first_answer_counts_and_the_second_is_told(started, invited, paula, mona):
    carla, ben = invited(paula, "Carla"), invited(paula, "Ben")
    review = started()
    answer(review, mona, carla)
    result = answer(review, paula, carla, ben)
    assert (result.saved, [item.decided_by for item in result.taken]) == (1, [mona])
    assert item_of(carla).decided_by == mona
    assert Event.objects.filter(type="guest-reviewed").count() == 2


def test_the_same_answer_once_more_is_neither_saved_nor_told(started, invited, paula):
    carla = invited(paula, "Carla")
    review = started()
    answer(review, paula, carla)
    result = answer(review, paula, carla)
    assert (result.saved, result.taken, result.gone) == (0, [], 0)
    assert Event.objects.filter(type="guest-reviewed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_once_one_answers(started, invited, paula, mona):
    guests = [invited(paula, f"Guest{number}") for number in range(6)]
    review = started()
    results = at_once(2, lambda number: answer(review, (paula, mona)[number], *guests))
    assert sum(result.saved for result in results) == 6
    assert sum(len(result.taken) for result in results) == 6
    assert Event.objects.filter(type="guest-reviewed").count() == 6


def test_the_guests_of_others_are_not_answered_for(started, invited, paula, mara):
    carla = invited(mara, "Carla")
    review = started()
    result = answer(review, paula, carla)
    assert (result.saved, result.gone) == (0, 1)
    assert item_of(carla).decision == "open"


@pytest.mark.parametrize(
    ("role", "saved"), [("manager", 0), ("auditor", 0), ("lead", 1), ("administrator", 1)]
)
def test_who_may_answer_for_a_guest_without_a_sponsor(started, invited, paula, role, saved):
    carla = invited(paula, "Carla", sponsor=None)
    user = person("Rolf Role", role=role)
    assert answer(started(), user, carla).saved == saved


def test_an_auditor_who_was_a_sponsor_answers_no_more(started, invited, paula):
    carla = invited(paula, "Carla")
    review = started()
    User.objects.filter(pk=paula.pk).update(role="auditor")
    assert answer(review, User.objects.get(pk=paula.pk), carla).saved == 0


def test_a_guest_who_was_handed_over_is_the_new_sponsors(started, invited, paula, mara):
    carla = invited(paula, "Carla")
    review = started()
    carla.sponsor = mara
    carla.save()
    assert answer(review, paula, carla).gone == 1
    assert answer(review, mara, carla).saved == 1
    assert item_of(carla).sponsor == mara


def test_an_item_of_another_review_or_of_none_is_not_answered(started, invited, paula, ada):
    carla = invited(paula, "Carla")
    first = started()
    close(first.pk, by=actor.for_user(ada), user=ada)
    second = started()
    item = first.items.get()
    answers = [Answer(item.pk, Decision.CONFIRMED), Answer(10**9, Decision.CONFIRMED)]
    result = decide.decide(second, answers, user=paula, by=actor.for_user(paula))
    assert (result.saved, result.gone) == (0, 2)
    assert carla.review_items.get(review=second).decision == "open"


def test_a_closed_review_takes_no_answer(started, invited, paula, ada):
    carla = invited(paula, "Carla")
    review = started()
    close(review.pk, by=actor.for_user(ada), user=ada)
    result = answer(review, paula, carla)
    assert (result.saved, result.is_closed) == (0, True)
    assert item_of(carla).decision == "kept"


def test_what_was_saved_before_an_error_stays(started, invited, paula, monkeypatch):
    guests = [invited(paula, f"Guest{number}") for number in range(4)]
    review = started()
    monkeypatch.setattr(decide, "CHUNK", 2)
    saving, calls = decide.record, []

    def break_later(*arguments, **details):
        calls.append(arguments)
        if len(calls) == 4:
            raise RuntimeError
        return saving(*arguments, **details)

    monkeypatch.setattr(decide, "record", break_later)
    with pytest.raises(RuntimeError):
        answer(review, paula, *guests)
    assert review.items.exclude(decision="open").count() == 2
    assert Event.objects.filter(type="guest-reviewed").count() == 2


def test_erasing_a_guest_erases_them_from_reviews(started, invited, paula, ada):
    carla = invited(paula, "Carla")
    review = started()
    answer(review, paula, carla, reason="Carla writes until May")
    erase(carla.email, workspaces=[ada.workspace_id], by=actor.for_user(ada), reason="asked")
    item = review.items.get()
    assert (item.guest, item.reason, item.decision, item.decided_by) == (None, "", "confirmed", paula)
    event = Event.objects.get(type="guest-reviewed")
    assert not Person.objects.filter(event=event.id).exists()
    assert "an erased person" in present([event])[0].sentence


def test_an_erased_guest_is_not_answered_for(started, invited, paula, mona, ada):
    carla, ben = invited(paula, "Carla"), invited(paula, "Ben")
    review = started()
    key = item_of(carla).pk
    erase(carla.email, workspaces=[ada.workspace_id], by=actor.for_user(ada), reason="asked")
    result = decide.decide(review, [Answer(key, Decision.CONFIRMED)], user=mona, by=actor.for_user(mona))
    assert (result.saved, result.gone) == (0, 1)
    assert Review.objects.get().items.get(pk=key).decision == "open"
    assert answer(review, mona, ben).saved == 1


def end(review, user, *guests, **fields):
    return answer(review, user, *guests, decision=Decision.ENDED, **fields)


def test_ending_access_is_an_ending_for_each_task_with_the_access_of_who_decided(started, invited, paula):
    carla = invited(paula, "Carla")
    invitation(paula, email=carla.email, task_key="POD-2")
    review = started()
    assert end(review, paula, carla, reason="left").saved == 1
    rows = item_of(carla).endings.order_by("target_key")
    assert [row.target_key for row in rows] == ["POD-2", "WEB-12"]
    assert {(row.user, row.cause, row.comment, row.state) for row in rows} == {
        (paula, "review", "left", "requested")
    }
    event = Event.objects.get(type="guest-reviewed")
    assert present([event])[0].sentence == "Paula Planer decided in a review to end the access of Carla."


def test_in_the_review_of_a_project_its_tasks_end_only(started, invited, paula):
    carla = invited(paula, "Carla")
    invitation(paula, email=carla.email, task_key="POD-2", project_id=UUID(int=8))
    end(started(project_id=UUID(int=8)), paula, carla)
    assert [row.target_key for row in Ending.objects.all()] == ["POD-2"]


def test_ended_and_confirmed_are_sent_together(started, invited, paula, mona):
    carla, ben, cleo = (invited(paula, name) for name in ("Carla", "Ben", "Cleo"))
    review = started()
    answers = [
        Answer(item_of(carla).pk, Decision.ENDED),
        Answer(item_of(ben).pk, Decision.CONFIRMED),
        Answer(item_of(cleo).pk, Decision.ENDED),
    ]
    result = decide.decide(review, answers, user=paula, by=actor.for_user(paula))
    assert result.saved == 3
    assert Ending.objects.count() == 2
    assert not end(review, mona, carla, ben).saved
    assert Ending.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_end_access_at_once_one_does(started, invited, paula, mona):
    guests = [invited(paula, f"Guest{number}") for number in range(4)]
    review = started()
    results = at_once(2, lambda number: end(review, (paula, mona)[number], *guests))
    assert sum(result.saved for result in results) == 4
    assert Ending.objects.count() == 4


def test_an_ending_whose_event_fails_ends_nothing(started, invited, paula, monkeypatch):
    carla = invited(paula, "Carla")
    review = started()

    def fail(*arguments, **details):
        raise RuntimeError

    monkeypatch.setattr(decide, "record", fail)
    with pytest.raises(RuntimeError):
        end(review, paula, carla)
    assert not Ending.objects.exists()
    assert item_of(carla).decision == "open"
