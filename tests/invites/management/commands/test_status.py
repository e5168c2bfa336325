"""`manage.py status`: the sentences, and when it exits with 1."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from invites.audit import checkpoints, delivery
from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.audit.verify import Problem, Result, record_verification
from invites.messages import message_for
from invites.models import BatchState, DutyRun, Invitation, Reason
from invites.status import DUTIES as IN_WORDS
from invites.worker import DUTIES, registered
from portal.actor import for_user
from portal.settings import VERSION
from tests.invites import factories

pytestmark = pytest.mark.django_db
DUTY_RAN = "{} ({}): last run on 20 Nov 2026, 12:00 UTC."
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
QUIET = """\
Invitation desk {version}
Workers running: 1.
{duties}
Queued invitations: 0; in paused batches: 0.
Unclear invitations: 0.
Unsettled ends of access: 0; waiting for someone to confirm them: 0.
Audit log of the portal: 0 events, never verified.
No e-mail is sent before end dates: EMAIL_URL is not set.
Checkpoints stay in the database: AUDIT_CHECKPOINTS is not set.
"""


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def mara():
    return factories.person("Mara Manager")


@pytest.fixture
def working():
    """A worker runs and has done its duties."""
    with registered() as worker:
        worker.run_due()
        yield


def status():
    """The printed lines that need attention, all printed, and the exit code."""
    out, code = StringIO(), 0
    try:
        call_command("status", stdout=out)
    except SystemExit as ended:
        code = ended.code
    printed = out.getvalue()
    mark = "Needs attention: "
    return [line.removeprefix(mark) for line in printed.splitlines() if line.startswith(mark)], printed, code


def test_a_quiet_desk_needs_no_attention(working):
    duties = "\n".join(DUTY_RAN.format(IN_WORDS[duty.name], duty.name) for duty in DUTIES)
    assert status() == ([], QUIET.format(version=VERSION, duties=duties), 0)


def test_every_duty_is_described():
    assert IN_WORDS.keys() == {duty.name for duty in DUTIES}


def test_a_missing_worker_does():
    attention, _, code = status()
    assert (attention, code) == (["No worker is running. To start one: manage.py work"], 1)


def test_a_failed_duty_and_a_late_one_do(working):
    DutyRun.objects.filter(name="reconcile").update(error="KeyError")
    DutyRun.objects.filter(name="discard-stopped").update(due_at=NOW - timedelta(hours=1), ended_at=None)
    attention, _, code = status()
    assert attention == [
        "Check unclear invitations (reconcile): the last run, on 20 Nov 2026, 12:00 UTC, "
        "failed with KeyError. The log says where.",
        "Mark the rest of stopped batches as not sent (discard-stopped): last run on 20 Nov 2026, 12:00 UTC; "
        "the next is due since 20 Nov 2026, 11:00 UTC.",
    ]
    assert code == 1


def test_an_end_of_access_that_is_unsettled_for_an_hour_does(working, mara):
    guest = factories.guest(mara)
    for state, hours in (("unclear", 2), ("waiting", 3), ("done", 4)):
        at = NOW - timedelta(hours=hours)
        factories.ending(guest, mara, state=state, changed_at=at, target_id=uuid4())
    attention, _, code = status()
    said = (
        "Unsettled ends of access: 1, the oldest since 20 Nov 2026, 10:00 UTC; "
        "waiting for someone to confirm them: 1."
    )
    assert (attention, code) == ([said], 1)


def test_a_slow_queue_and_old_unclear_invitations_do(working, mara):
    factories.batch(mara, [{}, {}], changed_at=NOW - timedelta(hours=2))
    factories.invitation(mara, state="unclear", attempted_at=NOW - timedelta(hours=2))
    attention, _, code = status()
    assert attention == [
        "Queued invitations: 2, the oldest since 20 Nov 2026, 10:00 UTC; in paused batches: 0.",
        "Unclear invitations: 1 (0 under an hour, 1 under a day, 0 older), "
        "the oldest since 20 Nov 2026, 10:00 UTC.",
    ]
    assert code == 1
    assert str(Invitation.objects.last().email) not in status()[1]


def test_a_batch_that_the_desk_paused_does_and_one_that_a_person_paused_does_not(working, mara):
    paused = "The batch of Mara Manager from 20 Nov 2026, 11:00 UTC is paused since 20 Nov 2026, 12:00 UTC."
    batch = {"state": BatchState.PAUSED, "created_at": NOW - timedelta(hours=1), "changed_at": NOW}
    factories.batch(mara, **batch)
    assert status()[2] == 0
    assert f"{paused} Someone paused it." in status()[1]
    for reason in ("insufficient-seats", Reason.FIREWALL, "a-new-code"):
        factories.batch(mara, reason=reason, **batch)
    attention, _, code = status()
    assert set(attention) == {
        f"{paused} The workspace has no free licence.",
        f"{paused} awork's firewall blocked a request.",
        f"{paused} {message_for('a-new-code').text}",
    }
    assert code == 1


def test_a_broken_audit_log_does(working, mara):
    by = for_user(mara)
    record(EventType.SIGNED_IN, by=by)
    record_verification(Result(by.workspace, 1, 1, 0, 0), by=by)
    of_log = "Audit log of Nordlicht Studio"
    at = "on 20 Nov 2026, 12:00 UTC."
    assert f"{of_log}: 2 events, verified up to event 1 {at}" in status()[1]
    record_verification(Result(by.workspace, 2, 2, 0, 0, problem=Problem(1, "it was changed")), by=by)
    attention, _, code = status()
    assert (attention, code) == ([f"{of_log}: 3 events, the last verification found a problem {at}"], 1)


def test_a_lost_database_does(working):
    def away(execute, sql, params, many, context):
        raise OperationalError("the password of the database is hush")

    with connection.execute_wrapper(away):
        attention, printed, code = status()
    assert (attention, code) == (["The desk can't serve: the database does not answer."], 1)
    assert "hush" not in printed


def test_where_checkpoints_go_is_said_without_the_address(working, settings, tmp_path):
    settings.AUDIT_CHECKPOINTS = str(tmp_path / "checkpoints.txt")
    _, printed, code = status()
    assert "Checkpoints are delivered to AUDIT_CHECKPOINTS; none is waiting." in printed
    assert str(tmp_path) not in printed
    assert code == 0


def test_checkpoints_that_wait_for_a_quarter_of_an_hour_do(working, mara, settings, tmp_path, time_machine):
    settings.AUDIT_CHECKPOINTS = str(tmp_path / "missing" / "checkpoints.txt")
    for _ in range(2):
        checkpoints.create(record(EventType.SIGNED_IN, by=for_user(mara)))
    waits = (
        "Checkpoints waiting for delivery to AUDIT_CHECKPOINTS: 2, the oldest since 20 Nov 2026, 12:00 UTC."
    )
    assert f"\n{waits}\n" in status()[1]
    delivery.deliver_now()
    failed = f"{waits} The last attempt failed: No such file or directory."
    assert f"\n{failed}\n" in status()[1]
    time_machine.shift(delivery.LATE + timedelta(seconds=1))
    assert failed in status()[0]
    settings.AUDIT_CHECKPOINTS = ""
    assert f"{waits} AUDIT_CHECKPOINTS is not set." in status()[0]
