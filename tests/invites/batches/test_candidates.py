from invites.batches.candidates import candidate
from invites.batches.checked import Verdict
from invites.lookup.awork import AworkLookup
from invites.models import Invitation
from invites.policy.rules import Policy
from portal.models import User
from tests.invites.batches.conftest import guest


def made(line, task="", role=""):
    return candidate(line, AworkLookup(User()), Policy(), task=task, role=role)


def test_a_line_without_a_role_is_not_malformed_yet():
    assert made(guest(1), task="WEB-12").is_ready


def test_the_first_verdict_stays_and_every_message_is_kept():
    one = made(guest(1))
    one.reject(Verdict.DENIED, "task", "Closed")

    assert one.verdict is Verdict.MALFORMED
    assert [str(message.text) for message in one.draft.messages["task"]] == ["Choose a task.", "Closed"]


def test_without_an_answer_of_awork_a_line_is_unknown_and_a_malformed_one_says_why():
    unknown, malformed = (
        made(guest(1), task="WEB-12").unchecked(),
        made(guest(1, "carla@"), task="WEB-12").unchecked(),
    )

    assert (unknown.verdict, unknown.messages) == (Verdict.UNKNOWN, {})
    assert (malformed.verdict, [*malformed.messages]) == (Verdict.MALFORMED, ["email"])
    assert unknown.invitation is malformed.invitation is None


def test_the_identity_needs_a_task_and_an_address():
    one = made(guest(1, "CARLA@agency.example"), task="WEB-12")

    assert one.identity is None
    one.draft.task = Invitation(task_key="WEB-12").task
    assert one.identity == (None, "carla@agency.example")


def test_a_line_that_can_not_be_read_has_no_invitation():
    assert made(guest(1, problem="No end"), task="WEB-12").checked().invitation is None
