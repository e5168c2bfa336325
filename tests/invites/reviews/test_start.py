from datetime import timedelta
from uuid import UUID

import pytest

from invites.audit.models import Event
from invites.audit.presenters import present
from invites.models import Review
from invites.reviews.scope import Preview, Scope, preview
from invites.reviews.start import AlreadyOpen, NobodyToReview
from portal import clock
from portal.models import User
from tests.invites.factories import person

pytestmark = pytest.mark.django_db
PODCAST = UUID(int=8)


def test_all_guests_who_may_have_access_are_in_it_and_the_others_counted(started, invited, paula, mara):
    asked = {
        invited(paula, "Carla"),
        invited(mara, "Ben", state="joined"),
        invited(paula, "Cleo", state="unchecked"),
    }
    for name, state in [("Dora", "ended"), ("Emil", "gone"), ("Fritz", "moved")]:
        invited(paula, name, state=state)
    invited(person("Otto Other", "Other"), "Olga")
    review = started()
    assert {item.guest for item in review.items.all()} == asked
    assert review.left_out == 3


def test_a_project_has_those_who_were_invited_to_one_of_its_tasks(started, invited, paula):
    invited(paula, "Carla")
    ben = invited(paula, "Ben", project_id=PODCAST)
    review = started(project_id=PODCAST, project_name="Podcast")
    assert [item.guest for item in review.items.all()] == [ben]


def test_a_guest_invited_after_the_start_is_not_in_it(started, invited, paula):
    invited(paula, "Carla")
    review = started()
    invited(paula, "Ben")
    assert review.items.count() == 1


def test_the_start_is_an_event(started, invited, paula, ada):
    invited(paula, "Carla")
    invited(paula, "Ben", state="gone")
    review = started(project_name="")
    event = Event.objects.get(type="review-started")
    assert present([event])[0].sentence == "Ada Ahrens started a review of 1 guest."
    assert event.details == {
        "review": str(review.pk),
        "guests": 1,
        "left_out": 1,
        "due": (clock.today() + timedelta(days=7)).isoformat(),
        "unanswered": "kept",
        "project": "",
    }


def test_a_second_one_of_the_same_guests_is_refused_while_the_first_is_open(started, invited, paula):
    invited(paula, "Carla", project_id=PODCAST)
    started()
    with pytest.raises(AlreadyOpen):
        started()
    started(project_id=PODCAST)
    with pytest.raises(AlreadyOpen):
        started(project_id=PODCAST)
    assert Review.objects.count() == 2
    Review.objects.update(state="closed")
    started()


def test_nobody_to_review_saves_nothing(started, invited, paula):
    invited(paula, "Carla", state="gone")
    with pytest.raises(NobodyToReview):
        started()
    assert not Review.objects.exists()
    assert not Event.objects.exists()


def test_the_preview_counts_guests_and_sponsors(invited, paula, mara):
    invited(paula, "Carla")
    invited(paula, "Ben")
    invited(mara, "Cleo")
    invited(mara, "Dora", state="gone")
    invited(mara, "Emil", sponsor=None)
    scope = Scope(paula.workspace_id)
    assert preview(scope) == Preview(guests=4, sponsors=2, without_sponsor=1, left_out=1)
    User.objects.filter(pk=mara.pk).update(is_active=False)
    assert preview(scope) == Preview(guests=4, sponsors=1, without_sponsor=2, left_out=1)
    User.objects.filter(pk=paula.pk).update(role="auditor")
    assert preview(scope) == Preview(guests=4, sponsors=0, without_sponsor=4, left_out=1)
