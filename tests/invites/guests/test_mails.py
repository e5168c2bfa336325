"""E-mails before end dates, with a real mail server: each once, retried where nothing was taken."""

from datetime import date, timedelta
from email import message_from_string, policy
from uuid import uuid4

import pytest
import time_machine

from invites.guests import end_duty, mails
from invites.guests.end_dates import set_end
from invites.models import Guest, MailState, WarningMail
from invites.operations import read
from invites.status import describe
from portal import actor, clock
from tests import smtp
from tests.invites.factories import NOON, guest, invitation, person
from tests.threads import at_once

DAY = date(2026, 12, 4)


@pytest.fixture
def server(settings):
    with smtp.running() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = running.server_address
        settings.EMAIL_FROM = "Desk <desk@studio.example>"
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield running


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def paula(db):
    return person()


@pytest.fixture
def carla(noon, paula):
    return guest(paula, ends_on=DAY)


def go_on():
    return True


def run():
    end_duty.run_due(go_on)
    return mails.send_due(go_on)


def states():
    return sorted(WarningMail.objects.values_list("state", flat=True))


def test_the_sponsor_is_told_of_each_warning_once(server, noon, carla):
    assert (run(), run()) == (1, 0)
    mail = message_from_string(server.mails[0], policy=policy.default)
    assert (mail["To"], mail["From"]) == ("paula@nordlicht.example", "Desk <desk@studio.example>")
    assert mail["Subject"] == "The access of Carla Creative ends soon"
    text = mail.get_content().replace("\r\n", "\n")
    assert f"4 Dec 2026: Carla Creative, WEB-12 Write copy\nhttp://localhost:8000/guests/{carla.id}/" in text
    assert "When the day has passed, the sponsor is asked." in text
    noon.move_to(NOON + timedelta(days=11))
    assert (run(), run()) == (1, 0)
    assert states() == ["sent", "sent"]


def test_all_guests_of_a_person_are_in_one_mail(server, noon, paula, carla):
    mona = person("Mona Miller", role="lead")
    ben = invitation(paula, email="ben@c.example", first_name="Ben\r\nBcc: x@c.example", task_id=uuid4())
    guest(mona, of=ben, ends_on=DAY - timedelta(1))
    run()
    found = [message_from_string(one, policy=policy.default) for one in server.mails]
    assert {mail["To"]: mail["Subject"] for mail in found} == {
        "paula@nordlicht.example": "The access of Carla Creative ends soon",
        "mona@nordlicht.example": "The access of 2 guests ends soon",
    }
    assert all(mail["Bcc"] is None for mail in found)


def test_without_settings_nothing_is_written_down(server, settings, carla):
    settings.EMAIL_FROM = ""
    assert run() == 0
    assert states() == []


@pytest.mark.parametrize(
    "answer", [("MAIL", "451 later"), ("RCPT", "550 unknown"), ("DATA", "554 no"), ("TEXT", "452 full")]
)
def test_what_the_server_refuses_is_tried_again_later(server, noon, carla, answer):
    server.answers = dict([answer])
    assert run() == 0
    row = WarningMail.objects.get()
    assert (row.state, row.attempts) == (MailState.WAITING, 1)
    assert row.due_at == clock.now() + timedelta(minutes=1)
    assert row.problem.startswith("SMTP")
    server.mails.clear()
    server.answers = {}
    assert run() == 0
    noon.shift(timedelta(minutes=1))
    assert (run(), run()) == (1, 0)
    assert len(server.mails) == 1


def test_in_the_end_it_has_failed(server, noon, carla):
    server.answers = {"RCPT": "550 carla@creative.example"}
    for _ in range(9):
        run()
        noon.shift(timedelta(hours=6))
    row = WarningMail.objects.get()
    assert (row.state, row.attempts, row.due_at) == (MailState.FAILED, 8, None)
    assert row.problem == "SMTPRecipientsRefused"


def test_where_the_server_hangs_up_after_the_text_it_is_unclear_and_not_sent_again(server, noon, carla):
    server.hangs_up = True
    run()
    noon.shift(timedelta(days=2))
    run()
    row = WarningMail.objects.get()
    assert (row.state, row.problem) == (MailState.UNCLEAR, "SMTPServerDisconnected")
    assert len(server.mails) == 1


def test_a_worker_that_died_leaves_it_unclear(server, noon, carla):
    end_duty.run_due(go_on)
    WarningMail.objects.update(state=MailState.SENDING)
    noon.shift(timedelta(minutes=9))
    mails.send_due(go_on)
    assert states() == ["sending"]
    noon.shift(timedelta(minutes=1))
    mails.send_due(go_on)
    assert states() == ["unclear"]
    assert server.mails == []


def test_without_a_server_all_wait_and_the_end_comes_anyway(server, noon, settings, paula):
    settings.EMAIL_PORT = 9
    person("Mona Miller", role="lead")
    guest(paula, ends_on=NOON.date())
    run()
    assert states() == ["waiting", "waiting"]
    mails.send_due(go_on)  # none is due
    assert sorted(WarningMail.objects.values_list("attempts", flat=True)) == [0, 1]
    noon.move_to(NOON + timedelta(hours=13))
    run()
    assert Guest.objects.get().end_state == "asked"


def test_a_guest_who_was_prolonged_meanwhile_is_not_written_about(server, noon, paula, carla):
    end_duty.run_due(go_on)
    carla.refresh_from_db()
    set_end(carla, DAY + timedelta(60), by=actor.for_user(paula))
    assert mails.send_due(go_on) == 0
    assert states() == ["dropped"]


def test_erasing_a_guest_erases_what_was_to_be_sent(server, carla):
    end_duty.run_due(go_on)
    Guest.objects.all().delete()
    assert states() == []


@pytest.mark.django_db(transaction=True)
def test_of_four_workers_at_once_one_sends(server):
    guest(person(), ends_on=clock.today() + timedelta(2))
    end_duty.run_due(go_on)
    assert sum(at_once(4, lambda _: mails.send_due(go_on))) == 1
    assert len(server.mails) == 1


def test_operators_read_how_many_were_not_sent(server, noon, carla, settings):
    server.answers = {"RCPT": "550 no"}
    run()
    assert mails.counts([carla.workspace_id]) == mails.MailCounts(waiting=1, failed=0, unclear=0)
    WarningMail.objects.update(state=MailState.FAILED)
    (line,) = [one for one in describe(read()) if "E-mails" in one.text]
    assert line.needs_attention
    assert "0 to be tried again; of the last seven days, 1 not sent and 0 unclear." in line.text
    noon.shift(timedelta(days=8))
    assert mails.counts([carla.workspace_id]).failed == 0
    settings.EMAIL_FROM = ""
    assert "EMAIL_URL is not set" in " ".join(one.text for one in describe(read()))


def test_a_login_that_is_refused_leaves_no_password(server, noon, carla, settings, log_lines):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "desk", "hush-hush"
    server.answers = {"EHLO": "250-desk\r\n250 AUTH PLAIN", "AUTH": "535 hush-hush is wrong"}
    run()
    row = WarningMail.objects.get()
    assert (row.state, row.problem) == (MailState.WAITING, "SMTPAuthenticationError 535")
    assert "hush" not in repr(log_lines())
    assert any(line["event"] == "an e-mail was not sent" for line in log_lines())
