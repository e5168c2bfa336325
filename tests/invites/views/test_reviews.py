"""`/reviews/` and `/reviews/start/`: the reviews, and starting one."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from invites.models import Review
from portal import clock
from tests.invites import factories
from tests.invites.factories import person

pytestmark = pytest.mark.django_db
PODCAST = UUID(int=8)


@pytest.fixture
def paula():
    return person()


@pytest.fixture
def mara():
    return person("Mara Manager")


@pytest.fixture
def ada():
    return person("Ada Ahrens", role="administrator")


@pytest.fixture
def invited():
    return factories.named_guest


@pytest.fixture
def started(ada):
    return partial(factories.review, ada)


def text(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def ada_signed_in(client, ada):
    client.force_login(ada)
    return ada


def fields(**more):
    due = (clock.today() + timedelta(days=7)).isoformat()
    return {"project": "", "due": due, "unanswered": "kept", "shown": "1"} | more


def test_the_list_has_the_reviews_that_ask_you(client, started, invited, paula, mara):
    invited(paula, "Carla")
    review = started()
    client.force_login(paula)
    page = text(client.get("/reviews/"))
    assert f'href="/reviews/{review.id}/"' in page
    assert "0 of 1" in page
    assert '<td data-label="For you to answer">1</td>' in page
    assert "Start a review" not in page
    client.force_login(mara)
    assert "No reviews yet" in text(client.get("/reviews/"))


def test_auditors_see_all_reviews_and_none_of_another_workspace(client, started, invited, paula):
    invited(paula, "Carla")
    review = started()
    client.force_login(person("Aud Auditor", role="auditor"))
    assert str(review.id) in text(client.get("/reviews/"))
    client.force_login(person("Otto Other", "Other", role="auditor"))
    assert str(review.id) not in text(client.get("/reviews/"))


def test_the_first_page_counts_nothing_yet(client, ada_signed_in, invited, paula):
    invited(paula, "Carla")
    page = text(client.get("/reviews/start/"))
    assert "What will happen" not in page
    assert (clock.today() + timedelta(days=14)).isoformat() in page


def test_the_preview_counts_and_starts_what_it_counted(client, ada_signed_in, invited, paula, mara):
    invited(paula, "Carla")
    invited(mara, "Ben", sponsor=None)
    invited(mara, "Dora", state="gone")
    due = fields()["due"]
    page = text(client.get("/reviews/start/", {"project": "", "due": due, "unanswered": "kept"}))
    assert "The review asks 1 sponsor about 2 guests until" in page
    assert "1 of them has no sponsor: leads and administrators answer." in page
    assert "1 guest without access (ended, moved to Connect or gone) is left out." in page
    assert '<input type="hidden" name="shown" value="2">' in page
    response = client.post("/reviews/start/", fields(shown="2"))
    review = Review.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/reviews/{review.id}/")
    assert (review.items.count(), review.due_on.isoformat(), review.started_by) == (2, due, ada_signed_in)


def test_of_a_project(client, ada_signed_in, invited, paula):
    invited(paula, "Carla")
    invited(paula, "Ben", project_id=PODCAST, project_name="Podcast")
    page = text(client.get("/reviews/start/", fields(project=str(PODCAST))))
    assert "about 1 guest until" in page
    client.post("/reviews/start/", fields(project=str(PODCAST)))
    review = Review.objects.get()
    assert (review.project_id, review.project_name, review.items.count()) == (PODCAST, "Podcast", 1)
    assert "Review of the guests of Podcast" in text(client.get(f"/reviews/{review.id}/"))


def test_ending_the_unanswered_is_said_and_saved(client, ada_signed_in, invited, paula):
    invited(paula, "Carla")
    said = "are taken off the tasks they were invited to. This is done with your access to awork."
    assert said not in text(client.get("/reviews/start/", fields()))
    assert said in text(client.get("/reviews/start/", fields(unanswered="ended")))
    client.post("/reviews/start/", fields(unanswered="ended"))
    review = Review.objects.get()
    assert review.unanswered == "ended"
    page = text(client.get(f"/reviews/{review.id}/"))
    assert "Guests without an answer by then are taken off the tasks they were invited to." in page
    assert said in text(client.get(f"/reviews/{review.id}/close/"))


@pytest.mark.parametrize("unanswered", ["", "open", "lapsed"])
def test_no_other_outcome_can_be_sent(client, ada_signed_in, invited, paula, unanswered):
    invited(paula, "Carla")
    assert client.post("/reviews/start/", fields(unanswered=unanswered)).status_code == 422


def test_what_the_page_did_not_show_is_not_started(client, ada_signed_in, invited, paula):
    invited(paula, "Carla")
    invited(paula, "Ben")
    for shown in ("1", "", "x"):
        response = client.post("/reviews/start/", fields(shown=shown))
        assert response.status_code == 422
    assert "The number of guests has changed since." in text(client.post("/reviews/start/", fields()))
    assert not Review.objects.exists()


@pytest.mark.parametrize(
    ("due", "said"),
    [
        ("", "Choose a day."),
        ("0001-01-01", ""),
        ("yesterday", ""),
        (timedelta(days=-1), "This day has passed."),
        (timedelta(days=400), "This is more than a year away."),
    ],
    ids=["none", "ancient", "no day", "yesterday", "too late"],
)
def test_a_day_that_does_not_work_starts_nothing(client, ada_signed_in, invited, paula, due, said):
    invited(paula, "Carla")
    due = (clock.today() + due).isoformat() if isinstance(due, timedelta) else due
    response = client.post("/reviews/start/", fields(due=due))
    assert response.status_code == 422
    assert said in text(response)
    assert not Review.objects.exists()


def test_a_project_of_nobody_is_refused(client, ada_signed_in, invited, paula):
    invited(paula, "Carla")
    for project in (str(PODCAST), "x", "' OR 1=1 --"):
        assert client.post("/reviews/start/", fields(project=project)).status_code == 422
    assert not Review.objects.exists()


def test_a_second_one_is_refused_in_words(client, ada_signed_in, invited, paula):
    invited(paula, "Carla")
    client.post("/reviews/start/", fields())
    response = client.post("/reviews/start/", fields())
    assert response.status_code == 422
    assert "A review of these guests is open already." in text(response)


def test_without_guests_there_is_nothing_to_start(client, ada_signed_in, invited, paula):
    invited(paula, "Carla", state="ended")
    page = text(client.get("/reviews/start/", fields()))
    assert "there is nothing to review" in page
    assert "<button>Start the review" not in page
    assert client.post("/reviews/start/", fields(shown="0")).status_code == 422
