import pytest

from invites.audit import presenters
from invites.audit.catalogue import Access, EventType, Evidence, PortalRule
from invites.audit.models import Event, Person
from invites.audit.presenters import SENTENCES, present
from invites.audit.record import record
from invites.policy.describe import RULE_LABELS
from invites.policy.rules import Rule
from portal.accounts.refusals import REFUSAL_TEXTS
from portal.awork.schemas import Assignee

pytestmark = pytest.mark.django_db
NAMED = {"reason": "no-seats", "rule": "policy", "rows": 3, "pseudonym": "erased-1"}


def said():
    [row] = present(list(Event.objects.order_by("-sequence")[:1]))
    return row.sentence


@pytest.mark.parametrize("type", EventType)
def test_every_type_has_a_sentence(paula, snapshot, type):
    assert type in SENTENCES
    record(type, by=paula, snapshot=snapshot, outcome="sent", details=NAMED)
    assert said().endswith(".")
    assert "%(" not in said()


@pytest.mark.parametrize("type", EventType)
def test_every_sentence_copes_with_nothing_known(paula, type):
    record(type, by=paula)
    assert said().endswith(".")


def test_a_sentence_names_who_what_and_where(paula, snapshot):
    record(EventType.INVITATION_SENT, by=paula, snapshot=snapshot)
    task = "WEB-12 Write <b>copy</b> for Größe"
    assert said() == f"Paula Planer invited Carla Creative to {task} as Guest. awork confirmed it."


def test_a_retry_says_which_attempt_it_is(paula, snapshot):
    record(EventType.INVITATION_REQUESTED, by=paula, snapshot=snapshot, details={"attempt": 2})
    assert said().startswith("Paula Planer retried the invitation of Carla Creative to WEB-12")
    assert said().endswith("as Guest (attempt 2).")


@pytest.mark.parametrize(
    ("reason", "end"),
    [
        ("insufficient-seats", "for Paula Planer: The workspace has no free licence."),
        ("a-code-of-tomorrow", "for Paula Planer: a code of tomorrow."),
    ],
)
def test_a_refusal_gives_its_reason_as_a_sentence(paula, snapshot, reason, end):
    record(EventType.INVITATION_REFUSED, by=paula, snapshot=snapshot, details={"reason": reason})
    assert said().endswith(end)


@pytest.mark.parametrize(
    ("evidence", "asked"),
    [("assignee", True), ("unknown address", True), ("not asked", False), ("answer", False)],
)
def test_only_what_was_found_in_awork_was_checked_there(paula, snapshot, evidence, asked):
    details = {"evidence": evidence}
    record(EventType.INVITATION_SETTLED, by=paula, snapshot=snapshot, outcome="sent", details=details)
    assert ("Paula Planer checked with awork." in said()) is asked


def test_assignees_that_could_not_be_read_are_not_called_nobody(paula, snapshot):
    record(EventType.ASSIGNEES_NOT_RESTORED, by=paula, snapshot=snapshot, outcome="unchecked")
    assert said().startswith("We couldn't check who was still assigned to WEB-12")


def test_somebody_refused_is_told_with_the_reason_and_from_where(paula):
    record(EventType.SIGN_IN_REFUSED, by=paula, details={"reason": "guest"})
    [row] = present(list(Event.objects.all()))
    assert row.sentence == "Sign-in refused for Paula Planer (a guest of the workspace)."
    assert row.ip_address == "192.0.2.7"


@pytest.mark.parametrize("reason", sorted(REFUSAL_TEXTS))
def test_every_refusal_at_sign_in_has_words(reason):
    assert reason in presenters.SIGN_IN_REFUSALS


def test_several_people_are_listed(paula, snapshot):
    team = [
        Assignee(id=paula.id, first_name="Ada", last_name=""),
        Assignee(id=paula.id, first_name="Paul", last_name=""),
    ]
    record(EventType.ASSIGNEES_RESTORED, by=paula, snapshot=snapshot, assignees=team)
    assert said().startswith("Ada and Paul were reassigned to WEB-12")


@pytest.mark.parametrize("rule", [*Rule, *PortalRule])
def test_every_rule_has_words(paula, rule):
    record(EventType.ATTEMPT_REFUSED, by=paula, details={"rule": rule.value})
    assert str((RULE_LABELS | dict(PortalRule.choices))[rule]) in said()


@pytest.mark.parametrize("evidence", Evidence)
@pytest.mark.parametrize("access", Access)
def test_evidence_and_access_are_shown_by_their_labels(paula, snapshot, evidence, access):
    details = {"evidence": evidence, "access": access}
    record(EventType.INVITATION_SETTLED, by=paula, snapshot=snapshot, outcome="sent", details=details)
    assert f"({evidence.label}, {access.label})" in said()


def test_an_erased_person_is_called_so(paula, snapshot):
    record(EventType.INVITATION_SENT, by=paula, snapshot=snapshot)
    Person.objects.all().delete()
    assert "invited an erased person to" in said()
    [row] = present(list(Event.objects.all()))
    assert row.erased == 1


@pytest.mark.parametrize(
    ("details", "sentence"),
    [
        ({"policy": 3}, "Paula Planer saved version 3 of the policy."),
        ({}, "Paula Planer changed settings."),
    ],
)
def test_a_change_of_settings_names_what_was_changed(paula, details, sentence):
    record(EventType.SETTINGS_CHANGED, by=paula, details=details)
    assert said() == sentence
