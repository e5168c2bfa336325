import pytest

from invites.models import Decision
from invites.reviews.close import call_off, close
from invites.reviews.decide import Answer, decide
from invites.reviews.progress import by_sponsor, open_items, progress_of
from portal import actor
from portal.models import User
from tests.invites.factories import person

pytestmark = pytest.mark.django_db


def confirm(review, user, guest):
    item = review.items.get(guest=guest)
    decide(review, [Answer(item.pk, Decision.CONFIRMED)], user=user, by=actor.for_user(user))


def own(user):
    return [one.own for one in open_items(user)]


def test_a_sponsor_has_to_answer_for_their_guests_until_they_have(started, invited, paula, mara):
    carla, _ben = invited(paula, "Carla"), invited(paula, "Ben")
    invited(mara, "Cleo")
    review = started()
    assert (own(paula), own(mara)) == ([2], [1])
    confirm(review, paula, carla)
    assert own(paula) == [1]


def test_leads_are_asked_about_guests_without_a_sponsor(started, invited, paula, mara, mona, ada):
    invited(paula, "Carla", sponsor=None)
    invited(mara, "Ben")
    started()
    assert (own(mona), own(ada), own(paula)) == ([1], [1], [])
    User.objects.filter(pk=mara.pk).update(is_active=False)
    assert own(mona) == [2]


def test_auditors_and_other_workspaces_are_asked_nothing(started, invited, paula):
    invited(paula, "Carla", sponsor=None)
    started()
    assert own(person("Aud Auditor", role="auditor")) == []
    assert own(person("Otto Other", "Other", role="administrator")) == []


def test_a_closed_review_asks_nobody(started, invited, paula, ada):
    invited(paula, "Carla")
    close(started().pk, by=actor.for_user(ada), user=ada)
    assert own(paula) == []


def test_a_review_that_was_called_off_asks_nobody(started, invited, paula, ada):
    invited(paula, "Carla")
    review = started()
    call_off(review.pk, by=actor.for_user(ada), user=ada)
    assert own(paula) == []
    assert [one.own for one in progress_of([review], paula)] == [0]


def test_the_first_due_comes_first(started, invited, paula):
    guest = invited(paula, "Carla")
    late = started(days=9)
    soon = started(days=2, project_id=guest.invitation.project_id)
    assert [one.review for one in open_items(paula)] == [soon, late]


def test_progress_counts_answers_of_all(started, invited, paula, mara, mona):
    carla = invited(paula, "Carla")
    invited(mara, "Ben")
    review = started()
    confirm(review, paula, carla)
    [found] = progress_of([review], mona)
    assert (found.total, found.answered, found.unanswered, found.own) == (2, 1, 1, 0)


def test_progress_by_sponsor_ends_with_those_without_one(started, invited, paula, mara):
    carla, _ben = invited(paula, "Carla"), invited(paula, "Ben")
    invited(mara, "Cleo")
    invited(mara, "Dora", sponsor=None)
    gone = person("Gerd Gone", is_active=False)
    invited(gone, "Emil")
    review = started()
    confirm(review, paula, carla)
    rows = [(one.sponsor, one.answered, one.total) for one in by_sponsor(review)]
    assert rows == [(mara, 0, 1), (paula, 1, 2), (None, 0, 2)]
