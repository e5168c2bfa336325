"""`/invite/many/`: enter, check, correct, send; and files that can't be read."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from invites.audit.models import Event
from invites.batches.lines import Line, read, write
from invites.models import Batch, Invitation
from invites.policy.rules import EndTerm
from portal import clock
from portal.models import Session
from portal.web import form_recovery
from tests.invites.factories import invitation, policy
from tests.invites.views.pages import text

pytestmark = pytest.mark.django_db
PAGE, SEND = "/invite/many/", "/invite/many/send/"
TWO = "Carla Creative <carla@creative.example>, Kim <kim@creative.example>"


def hidden(response, name):
    found = re.search(rf'name="{name}"\s+value="([^"]*)"', response.content.decode())
    return unescape(found[1]) if found else None


@pytest.fixture
def check(client, paula):
    """Checks a list, as Paula's browser would post it."""

    def posted(lines="", **fields):
        return client.post(PAGE, {"lines": lines, "task": "WEB-12", "role": "guest"} | fields)

    return posted


@pytest.fixture
def press(client):
    """Presses a button of the page with the checked list."""

    def posted(page, path=SEND, **changes):
        said = {name: hidden(page, name) for name in ("key", "checked", "previewed")}
        return client.post(path, said | {"task": "WEB-12", "role": "guest"} | changes)

    return posted


def test_the_page_is_filled_in_from_the_url_and_checks_nothing(client, paula, standin):
    standin.requests.clear()
    page = client.get(PAGE, {"lines": "carla@creative.example", "task": "WEB-12"})
    assert page.status_code == 200
    assert "carla@creative.example</textarea>" in text(page)
    assert "Please check" not in text(page)
    assert 'href="/batches/"' in text(page)
    assert standin.count("GET", "/tasks") == standin.count("GET", "/users") == 0


def test_a_list_is_checked_and_nothing_is_saved_or_sent(check, standin):
    page = check(TWO)
    assert "<strong>2 guests</strong> get an e-mail from awork." in text(page)
    assert "Send 2 invitations" in text(page)
    assert "Ada and Paul stay assigned." in text(page)
    assert [line.email for line in read(hidden(page, "checked"))] == [
        "carla@creative.example",
        "kim@creative.example",
    ]
    assert not Invitation.objects.exists()
    assert not Session.objects.filter(session_data__contains="carla").exists()
    assert standin.count("POST", "assignuserbyemail") == 0


def test_each_line_has_its_verdict_and_only_ready_ones_are_sent(check, press, paula, standin):
    task = standin.world.task("WEB-12").id
    invitation(paula, task_id=task, email="old@creative.example")
    page = check(
        "new@creative.example\nnew@creative.example\nold@creative.example\nada@nordlicht.example\nx@\nno"
    )
    for verdict in ("Ready", "Duplicate", "Already invited", "Already in awork", "To correct"):
        assert f"> {verdict} <" in text(page) or f">{verdict}<" in text(page), verdict
    assert "Not sent: lines 2, 3, 4, 5, 6" in text(page)
    assert press(page).status_code == 302
    batch = Batch.objects.get()
    assert [(one.email, one.line) for one in Invitation.objects.filter(batch=batch)] == [
        ("new@creative.example", 1)
    ]
    assert standin.count("POST", "assignuserbyemail") == 0  # a worker sends it


def test_a_line_is_corrected_in_place(check, press):
    page = check("carla@creative.example\nkim@")
    page = press(page, PAGE, **{"email-2": "kim@creative.example", "first_name-2": " Kim "})
    assert "Send 2 invitations" in text(page)
    assert read(hidden(page, "checked"))[1].first_name == "Kim"
    assert press(page).status_code == 302
    assert Invitation.objects.filter(email="kim@creative.example", first_name="Kim").exists()


def test_a_line_is_left_out_and_taken_back(check, press):
    page = press(check(TWO), PAGE, skip=["2"])
    assert "Send 1 invitation" in text(page)
    assert "Left out" in text(page)
    assert "Send 2 invitations" in text(press(page, PAGE))


def test_a_line_left_out_is_not_sent(check, press):
    page = press(check(TWO), PAGE, skip=["2"])
    press(page, skip=["2"])
    assert [one.email for one in Invitation.objects.all()] == ["carla@creative.example"]


@pytest.mark.parametrize(
    "change",
    [{"skip": ["2"]}, {"task": "WEB-13"}, {"email-1": "other@creative.example"}, {"previewed": "x"}],
    ids=["left out", "another task", "corrected", "never shown"],
)
def test_what_was_not_shown_is_not_sent(check, press, change):
    page = press(check(TWO), **change)
    assert page.status_code == 422
    assert "What would be sent has changed" in text(page)
    assert not Batch.objects.exists()
    assert press(page, **change | {"previewed": hidden(page, "previewed")}).status_code == 302


def test_a_list_sent_twice_is_one_batch(check, press):
    page = check(TWO)
    assert press(page).status_code == press(page).status_code == 302
    assert Batch.objects.count() == 1
    assert Invitation.objects.count() == 2


def test_a_list_that_was_sent_and_changed_since_is_another(check, press):
    page = check(TWO)
    press(page)
    assert press(page, **{"email-2": "new@creative.example"}).status_code == 422


def test_nothing_ready_sends_nothing_and_records_what_was_denied(check, press, paula):
    policy(paula, denied_domains=("creative.example",))
    page = check(TWO)
    assert "Send 1" not in text(page)
    assert press(page).status_code == 422
    assert Event.objects.filter(type="attempt-refused").exists()


def test_a_file_has_its_own_tasks_and_roles(check):
    data = "Aufgabe;Rolle;E-Mail;Vorname\nWEB-12;Guest;carla@creative.example;Jürgen\n".encode("cp1252")
    page = check(file=SimpleUploadedFile("gäste.csv", data), task="", role="")
    assert "Send 1 invitation" in text(page)
    assert "Jürgen" in text(page)


HOSTILE = {
    "1,001 lines": (b"email\n" + b"a@x.example\n" * 1001, "There are 1,001 lines"),
    "1 MB and a byte": (b"x" * 1_000_001, "more than 1 MB"),
    "a NUL": (b"email\na\0@x.example", "NUL character"),
    "an unclosed quote": (b'email\n"a@x.example', "Line 2 can&#x27;t be read"),
    "10,000 columns": (b"email" + b",x" * 9_999, "There are 10,000 columns"),
    "a zip": (b"PK\x03\x04" + b"\0" * 100, "not a text file"),
    "no known columns": (b"Nome;Correo\nx;a@x.example", "Unknown columns: Nome, Correo"),
    "no known encoding": (b"email\n\x81", "characters can&#x27;t be read"),
    "nothing": (b"", "Enter at least one guest"),
}


@pytest.mark.parametrize(("data", "message"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_gets_one_message(check, data, message):
    page = check(file=SimpleUploadedFile("guests.csv", data))
    assert page.status_code == 422
    assert message in text(page)
    assert len(re.findall('<ul class="errorlist"', text(page))) == 1
    assert not Batch.objects.exists()


def test_formulas_are_no_names(check):
    page = check(file=SimpleUploadedFile("guests.csv", b"email,first_name\na@x.example,=1+1\n"))
    assert "A name can&#x27;t begin with =, +, - or @" in text(page)
    assert "Send" not in text(page)


def test_pasted_text_with_a_nul_or_a_file_beside_it_gets_one_message(check):
    assert text(check("a\0@x.example")).count("it has a NUL character") == 2  # summary and field
    both = check(TWO, file=SimpleUploadedFile("guests.csv", b"x"))
    assert "Enter guests or choose a file, not both." in text(both)
    assert "kim@creative.example" in text(both)


def test_a_thousand_lines_are_checked_left_out_and_sent(check, press):
    lines = "\n".join(f"guest{number}@creative.example" for number in range(1000))
    page = check(lines)
    assert "Send 1000 invitations" in text(page)
    skipped = [str(number) for number in range(1, 1001)]
    assert "Left out" in text(press(page, PAGE, skip=skipped))


def test_only_the_first_fifty_can_be_corrected_at_once(check):
    page = check("\n".join(f"guest{number}@" for number in range(60)))
    assert "The first 50 can be corrected at once" in text(page)
    assert page.content.decode().count('name="email-') == 50


def test_awork_that_is_away_is_said_and_the_list_stays(check, press, standin):
    standin.fault("GET", "/tasks", "status", None, status=503)
    page = check(TWO)
    assert "We couldn&#x27;t reach awork." in text(page)
    assert "Not checked" in text(page)
    assert press(page).status_code == 422
    assert not Batch.objects.exists()


@pytest.mark.parametrize("path", [PAGE, SEND])
def test_an_ended_session_loses_nothing(client, check, press, sign_in, path):
    page = check("carla@creative.example\nkim@")
    client.session.flush()
    answer = press(page, path, **{"email-2": "kim@creative.example"})
    assert answer.status_code == 302
    sign_in(client, "paula")
    back = client.get(path)
    assert "What you entered is still here" in text(back)
    assert "Send 2 invitations" in text(back)
    assert not Batch.objects.exists()


def test_an_ended_session_keeps_the_text_of_a_file(client, check, sign_in):
    client.session.flush()
    check(file=SimpleUploadedFile("guests.csv", "email,name\na@x.example,Jürgen".encode("utf-16")))
    sign_in(client, "paula")
    page = client.get(PAGE)
    assert "Jürgen</textarea>" in text(page)
    assert 'value="WEB-12"' in text(page)


def test_a_large_list_survives_an_ended_session(client, check, press, sign_in):
    page = check(TWO)
    client.session.flush()
    guests = [Line(number, f"guest{number}@creative.example", "Guest", "x" * 60) for number in range(1, 301)]
    press(page, PAGE, checked=write(guests))
    sign_in(client, "paula")
    assert "Send 300 invitations" in text(client.get(PAGE))
    assert form_recovery.KEY not in client.session


def test_the_send_url_leads_to_the_page(client, paula):
    assert client.get(SEND).url == PAGE


def test_the_policys_default_end_date_is_promised_and_applies(check, press, paula, standin):
    role = standin.world.role("guest").id
    policy(paula, end_terms=(EndTerm(role, "Guest", 90, 365),))
    last = clock.today() + timedelta(90)
    page = check(TWO)
    assert f"The last day of access as Guest is <strong>{last:%-d %b %Y}</strong>" in text(page)
    press(page)
    assert set(Invitation.objects.values_list("ends_on", flat=True)) == {last}
    assert Event.objects.filter(type="invitation-requested")[0].details["ends_on"] == last.isoformat()


def test_guests_of_a_list_can_have_end_dates_of_their_own(check, press, paula, standin):
    role = standin.world.role("guest").id
    policy(paula, end_terms=(EndTerm(role, "Guest", 90, None),))
    day = clock.today() + timedelta(30)
    rows = [f"a@creative.example;{day}", f"b@creative.example;{day:%d.%m.%Y}", "c@creative.example;"]
    page = check("\n".join(["E-Mail;Endet am", *rows, "d@creative.example;none"]))
    assert text(page).count("No end date") == 1
    assert text(page).count(f"Last day of access: {day:%-d %b %Y}") == 2
    proposed = clock.today() + timedelta(90)
    assert f"The last day of access as Guest is <strong>{proposed:%-d %b %Y}</strong>" in text(page)
    press(page)
    ends = dict(Invitation.objects.values_list("email", "ends_on"))
    assert ends == {"a@creative.example": day, "b@creative.example": day, "c@creative.example": proposed} | {
        "d@creative.example": None
    }


def test_an_end_date_that_the_policy_does_not_allow_can_be_corrected(check, press, paula, standin):
    policy(paula, end_terms=(EndTerm(standin.world.role("guest").id, "Guest", None, 365),))
    late, latest = (clock.today() + timedelta(days) for days in (366, 365))
    page = check(f"email,ends_on\na@creative.example,{late}")
    assert f"The last day of access can be {latest:%-d %b %Y} at the latest." in text(page)
    assert f'name="ends_on-1" value="{late}"' in text(page)
    press(press(page, PAGE, **{"ends_on-1": str(latest)}))
    assert Invitation.objects.get().ends_on == latest
