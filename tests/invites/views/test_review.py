"""`/reviews/<id>/`: deciding on guests, progress, the report, and closing it early."""

import re
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invites.audit.models import Event
from invites.models import Ending, Guest, ReviewItem
from invites.sending.erase import erase
from portal import actor
from tests.invites import factories
from tests.invites.factories import invitation, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def paula():
    return person()


@pytest.fixture
def mara():
    return person("Mara Manager")


@pytest.fixture
def mona():
    return person("Mona Miller", role="lead")


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
def carla(invited, paula):
    return invited(paula, "Carla")


@pytest.fixture
def ben(invited, mara):
    return invited(mara, "Ben", state="joined")


@pytest.fixture
def review(carla, ben, started):
    return started()


def item(guest):
    return ReviewItem.objects.get(guest=guest)


def send(client, review, *guests, rest=False, query="", **fields):
    """Confirm these guests on the review's page, and return the page that follows."""
    data = {f"answer-{item(guest).pk}": "confirmed" for guest in guests} | fields
    if rest:
        data |= {"rest": "confirmed", "shown": ",".join(map(str, shown(client, review, query)))}
    return client.post(f"/reviews/{review.id}/{query}", data, follow=True)


def shown(client, review, query=""):
    """The items of the form, in their order."""
    page = client.get(f"/reviews/{review.id}/{query}").content.decode()
    return list(dict.fromkeys(int(key) for key in re.findall(r'name="answer-(\d+)"', page)))


def test_a_sponsor_decides_on_their_own_guests(client, review, paula, carla, ben):
    client.force_login(paula)
    page = text(client.get(f"/reviews/{review.id}/"))
    assert "carla@creative.example" in page.replace("<wbr>", "")
    assert "Write copy" in page
    assert "for 8 days" in page or "pending" in page
    assert "ben@" not in page
    assert "Progress by sponsor" not in page
    page = text(send(client, review, carla))
    assert "1 answer was saved." in page
    assert "None: every guest here has an answer." in page
    assert (item(carla).decision, item(ben).decision) == ("confirmed", "open")


def test_a_partial_answer_keeps_what_was_answered(client, review, paula, carla, invited):
    other = ReviewItem.objects.create(review=review, guest=invited(paula, "Cleo"))
    client.force_login(paula)
    send(client, review, carla, **{f"answer-{other.pk}": "", f"reason-{other.pk}": "not yet"})
    assert shown(client, review) == [other.pk]
    assert item(carla).decision == "confirmed"


def test_a_reason_is_one_line(client, review, paula, carla):
    client.force_login(paula)
    send(client, review, carla, **{f"reason-{item(carla).pk}": " writes\r\n until\0 May " + "x" * 300})
    assert item(carla).reason.startswith("writes until May xxx")
    assert len(item(carla).reason) == 200


def test_all_the_rest_is_confirmed_by_choice_and_marked(client, review, mona, carla, ben):
    client.force_login(mona)
    send(client, review, ben, query=f"?sponsor={ben.sponsor_id}")
    send(client, review, rest=True, query=f"?sponsor={carla.sponsor_id}")
    assert (item(ben).is_rest, item(carla).is_rest) == (False, True)
    page = text(client.get(f"/reviews/{review.id}/"))
    assert "with all the rest of the page" in page


@pytest.mark.parametrize("shown", ["", "x", "9" * 400, "-1", "1;2", "١٢"])
def test_a_forged_rest_confirms_nobody(client, review, paula, carla, ben, shown):
    client.force_login(paula)
    client.post(f"/reviews/{review.id}/", {"rest": "confirmed", "shown": f"{shown},{item(ben).pk}"})
    assert (item(carla).decision, item(ben).decision) == ("open", "open")


@pytest.mark.parametrize("value", ["open", "kept", "lapsed", "yes", "\0"])
def test_no_other_decision_can_be_sent(client, review, paula, carla, value):
    client.force_login(paula)
    client.post(f"/reviews/{review.id}/", {f"answer-{item(carla).pk}": value, "answer-x": "confirmed"})
    assert item(carla).decision == "open"
    assert "choose an answer for at least one guest" in text(client.get(f"/reviews/{review.id}/"))


def test_who_comes_second_is_told(client, review, mona, paula, carla):
    client.force_login(mona)
    send(client, review, carla, query=f"?sponsor={paula.pk}")
    client.force_login(paula)
    page = text(send(client, review, carla))
    assert "Mona Miller had already answered for 1 of these guests; that answer counts." in page
    assert item(carla).decided_by == mona


def test_leads_see_progress_and_those_without_a_sponsor(client, review, mona, paula, carla, ben):
    Guest.objects.filter(pk=ben.pk).update(sponsor=None)
    client.force_login(mona)
    page = text(client.get(f"/reviews/{review.id}/"))
    assert "Progress by sponsor" in page
    assert "No sponsor: leads are asked" in page
    assert shown(client, review) == [item(ben).pk]
    assert shown(client, review, f"?sponsor={paula.pk}") == [item(carla).pk]
    assert shown(client, review, "?sponsor=none") == [item(ben).pk]
    assert shown(client, review, "?sponsor=999999") == [item(ben).pk]


def test_a_manager_cannot_narrow_to_another_sponsor(client, review, paula, carla, mara):
    client.force_login(paula)
    assert shown(client, review, f"?sponsor={mara.pk}") == [item(carla).pk]


@pytest.mark.parametrize(
    ("role", "status"), [("manager", 404), ("auditor", 403), ("lead", 302), ("administrator", 302)]
)
def test_who_may_answer_for_another_sponsor(client, review, carla, role, status):
    client.force_login(person("Rolf Role", role=role))
    response = client.post(f"/reviews/{review.id}/", {f"answer-{item(carla).pk}": "confirmed"})
    assert response.status_code == status
    assert item(carla).decision == ("confirmed" if status == 302 else "open")


def test_an_auditor_reads_all_and_answers_nothing(client, review, carla, ben):
    client.force_login(person("Aud Auditor", role="auditor"))
    page = text(client.get(f"/reviews/{review.id}/"))
    assert "Guests in this review" in page
    assert "Carla" in page
    assert "Ben" in page
    assert 'type="radio"' not in page
    assert "Close now" not in page


def test_another_workspace_has_no_such_review(client, review, carla):
    client.force_login(person("Otto Other", "Other", role="administrator"))
    for path in ("", "report.csv", "close/", "call-off/"):
        assert client.get(f"/reviews/{review.id}/{path}").status_code == 404
        if path != "report.csv":
            data = {f"answer-{item(carla).pk}": "confirmed"}
            assert client.post(f"/reviews/{review.id}/{path}", data).status_code == 404
    review.refresh_from_db()
    assert (review.state, item(carla).decision) == ("open", "open")


@pytest.mark.parametrize(("path", "state"), [("close", "closed"), ("call-off", "called-off")])
def test_an_administrator_ends_it_early(client, review, ada, paula, carla, path, state):
    client.force_login(ada)
    assert "0 of 2 guests have an answer." in text(client.get(f"/reviews/{review.id}/{path}/"))
    client.post(f"/reviews/{review.id}/{path}/")
    page = text(client.post(f"/reviews/{review.id}/{path}/", follow=True))
    assert "open any more" in page
    review.refresh_from_db()
    assert (review.state, review.closed_by) == (state, ada)
    client.force_login(paula)
    assert "The review was closed since you opened the page" in text(send(client, review, carla))
    assert 'type="radio"' not in text(client.get(f"/reviews/{review.id}/"))


def report(client, review):
    response = client.get(f"/reviews/{review.id}/report.csv")
    return b"".join(response.streaming_content).decode("utf-8-sig").splitlines()


def test_the_report_has_every_guest_and_is_an_event(client, review, mona, paula, carla, ben):
    client.force_login(paula)
    send(client, review, carla, **{f"reason-{item(carla).pk}": "writes until May"})
    assert len(report(client, review)) == 3  # of her own guest only
    client.force_login(mona)
    header, *rows, end = report(client, review)
    assert header.startswith("guest,email,state,sponsor,decision,confirmed_with_rest,decided_by")
    first = next(row for row in rows if row.startswith("Carla"))
    assert first.startswith("Carla,carla@creative.example,Pending,Paula Planer,Confirmed,,Paula Planer,2")
    assert "writes until May" in first
    assert any(row.startswith("Ben,ben@creative.example,Joined,Mara Manager,No answer,,,") for row in rows)
    assert end.startswith("End of export: 2 rows")
    event = Event.objects.filter(type="review-exported").last()
    assert event.details == {"review": str(review.pk), "rows": 2}


def test_report_and_page_say_erased_guest(client, review, mona, ada, paula, carla, ben):
    client.force_login(paula)
    send(client, review, carla)
    for one in (carla, ben):
        erase(one.email, workspaces=[ada.workspace_id], by=actor.for_user(ada), reason="asked")
    client.force_login(mona)
    _header, *rows, _end = report(client, review)
    assert sorted(row[:36] for row in rows) == [
        "erased guest,,,,No answer,,,,,,",
        "erased guest,,,Paula Planer,Confirme",
    ]
    assert "erased guest" in text(client.get(f"/reviews/{review.id}/"))


def test_ending_access_is_written_down_for_a_worker_and_reported(client, review, paula, mona, carla):
    client.force_login(paula)
    fields = {f"answer-{item(carla).pk}": "ended", f"reason-{item(carla).pk}": "left the agency"}
    send(client, review, **fields)
    ending = Ending.objects.get()
    assert (ending.guest, ending.kind, ending.cause, ending.user) == (carla, "task", "review", paula)
    assert (ending.comment, ending.target) == ("left the agency", "WEB-12 Write copy")
    page = text(client.get(f"/reviews/{review.id}/"))
    assert "WEB-12 Write copy: Requested" in page
    client.force_login(mona)
    row = next(row for row in report(client, review) if row.startswith("Carla"))
    assert ",Ended," in row
    assert "left the agency,WEB-12 Write copy: Requested," in row


def test_an_ending_that_waits_names_who_must_sign_in(client, review, paula, carla):
    client.force_login(paula)
    send(client, review, **{f"answer-{item(carla).pk}": "ended"})
    Ending.objects.update(state="waiting")
    page = text(client.get(f"/reviews/{review.id}/"))
    assert "WEB-12 Write copy: Waits until Paula Planer signs in or someone else confirms it" in page


def test_the_guests_own_page_tells_it_too(client, review, paula, carla):
    client.force_login(paula)
    send(client, review, carla)
    story = text(client.get(f"/guests/{carla.id}/"))
    assert "Paula Planer confirmed in a review that Carla is still needed." in story


def test_every_task_of_a_guest_is_named_once(client, review, paula, carla):
    for number in range(7):
        later = carla.invited_at + timedelta(hours=number + 1)
        invitation(paula, email=carla.email, task_key=f"POD-{number}", created_at=later)
    client.force_login(paula)
    page = text(client.get(f"/reviews/{review.id}/"))
    assert page.count("POD-") == 5
    assert "and 3 more tasks" in page


def test_a_page_of_the_form_begins_where_its_url_says(client, review, paula, carla):
    client.force_login(paula)
    assert shown(client, review, "?after=Carla~x") == [item(carla).pk]
    page = text(client.get(f"/reviews/{review.id}/?after=zzz~{carla.pk}"))
    assert "All guests on this page have an answer now." in page


def test_markup_in_names_and_reasons_stays_text(client, review, paula, carla):
    Guest.objects.filter(pk=carla.pk).update(first_name="<script>x</script>")
    client.force_login(paula)
    assert "<script>x" not in text(client.get(f"/reviews/{review.id}/"))
    page = text(send(client, review, carla, **{f"reason-{item(carla).pk}": "<script>x</script>"}))
    assert "<script>x" not in page
    assert "&lt;script&gt;" in page


def test_what_was_chosen_is_restored_after_a_sign_in(client, review, paula, carla):
    client.force_login(paula)
    session = client.session
    content = f"answer-{item(carla).pk}=confirmed&reason-{item(carla).pk}=until+May"
    path = f"/reviews/{review.id}/"
    session["form_recovery"] = {
        **{"content": content, "path": path, "by": paula.pk},
        **{"files": {}, "at": 2**33},
    }
    session.save()
    page = text(client.get(path))
    assert re.search(r'value="confirmed" checked', page)
    assert 'value="until May"' in page


def test_a_page_of_200_guests_takes_few_statements(client, started, invited, paula, mona):
    for number in range(20):
        invited(paula, f"Guest{number}")
    review = started()
    client.force_login(mona)
    client.get("/reviews/")  # counts what needs attention, for some seconds
    counts = []
    for keep in (5, 20):
        ReviewItem.objects.filter(pk__in=[one.pk for one in review.items.all()[keep:]]).update(
            decision="kept"
        )
        with CaptureQueriesContext(
            connection,
        ) as captured:
            client.get(f"/reviews/{review.id}/?sponsor={paula.pk}")
        counts.append(len(captured))
        ReviewItem.objects.update(decision="open")
    assert counts[0] == counts[1] <= 20
