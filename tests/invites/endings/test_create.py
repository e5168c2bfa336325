"""Saving the end of a guest's access, before awork hears of it."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from invites.audit.models import Event
from invites.audit.presenters import present
from invites.endings.create import create, targets
from invites.models import Ending, EndingCause, EndingKind, EndingState, Invitation
from portal.actor import for_system
from tests.invites import factories
from tests.invites.conftest import actor
from tests.threads import at_once

pytestmark = pytest.mark.django_db
WEBSITE, SHOP = UUID(int=7), UUID(int=8)


@pytest.fixture
def paula():
    return factories.person()


@pytest.fixture
def guest(paula):
    """Carla, invited by Paula to two tasks of the website and one of the shop."""
    for minute, (key, project) in enumerate([("WEB-12", WEBSITE), ("WEB-13", WEBSITE), ("SHOP-1", SHOP)]):
        at = factories.NOON + timedelta(minutes=minute)
        name = "Shop" if project == SHOP else "Website"
        last = factories.invitation(
            paula, task_key=key, project_id=project, project_name=name, attempted_at=at
        )
    factories.invitation(paula, task_key="WEB-99", state="refused")
    return factories.guest(paula, of=last)


def end(guest, kind, user, **options):
    said = {"by": actor(user), "cause": EndingCause.PERSON}
    return create(guest, kind, user=user, **(said | options))


def requests():
    return list(Event.objects.filter(type="ending-requested").order_by("sequence"))


def test_each_task_of_the_invitations_that_were_sent_is_one_row_with_its_event(guest, paula):
    rows = end(guest, EndingKind.TASK, paula, reason="The project is over")
    assert [row.target_key for row in rows] == ["WEB-12", "WEB-13", "SHOP-1"]
    assert {(row.state, row.user, row.guest, row.comment) for row in Ending.objects.all()} == {
        ("requested", paula, guest, "The project is over")
    }
    assert [event.task_key for event in requests()] == ["WEB-12", "WEB-13", "SHOP-1"]
    assert requests()[0].details == {"ending": "task", "cause": "person"}
    assert requests()[0].invitation == rows[0].invitation_id


def test_only_the_tasks_that_were_chosen(guest, paula):
    chosen = targets(guest, EndingKind.TASK)[1]
    rows = end(guest, EndingKind.TASK, paula, only=[chosen.id, uuid4()])
    assert [row.target_key for row in rows] == ["WEB-13"]


@pytest.mark.parametrize(
    ("kind", "names"),
    [(EndingKind.PROJECT, ["Website", "Shop"]), (EndingKind.WORKSPACE, ["Nordlicht Studio"])],
)
def test_each_project_once_and_the_workspace(guest, paula, kind, names):
    assert [row.target_name for row in end(guest, kind, paula)] == names
    sentences = [row.sentence for row in present(requests())]
    assert len(sentences) == len(names) and all("Carla Creative" in sentence for sentence in sentences)


def test_the_event_names_whose_access_is_used_where_that_is_another_person(guest, paula):
    ada = factories.person("Ada Ahrens")
    create(guest, EndingKind.WORKSPACE, user=ada, by=for_system(ada.workspace_id), cause=EndingCause.END_DATE)
    (row,) = present(requests())
    assert row.sentence.endswith("It is done with the access of Ada Ahrens.")
    assert row.event.actor_name == "Invitation desk"


def test_the_same_form_twice_and_what_is_open_are_no_new_rows(guest, paula):
    key = uuid4()
    first = end(guest, EndingKind.TASK, paula, form_key=key)
    Ending.objects.update(state=EndingState.DONE)
    assert set(end(guest, EndingKind.TASK, paula, form_key=key)) == set(first)
    Ending.objects.update(state=EndingState.UNCLEAR)
    assert end(guest, EndingKind.TASK, paula) == first
    assert Ending.objects.count() == len(requests()) == 3


def test_what_was_ended_can_be_ended_again(guest, paula):
    first = end(guest, EndingKind.TASK, paula)
    Ending.objects.update(state=EndingState.DONE)
    assert len(targets(guest, EndingKind.TASK)) == 3
    assert len({*first, *end(guest, EndingKind.TASK, paula)}) == 6


def test_invitations_that_were_not_sent_are_no_targets(guest):
    Invitation.objects.exclude(task_key="WEB-13").update(state="unclear")
    assert [target.key for target in targets(guest, EndingKind.TASK)] == ["WEB-13"]


@pytest.mark.django_db(transaction=True)
def test_the_same_form_at_the_same_moment_is_one_ending(guest, paula):
    key = uuid4()
    rows = at_once(4, lambda number: end(guest, EndingKind.WORKSPACE, paula, form_key=key))
    assert len({row.pk for (row,) in rows}) == Ending.objects.count() == len(requests()) == 1


def test_a_row_without_its_event_is_not_saved(guest, paula):
    with pytest.raises(AttributeError), transaction.atomic():
        create(guest, EndingKind.TASK, user=paula, by=None, cause=EndingCause.PERSON)
    assert not Ending.objects.exists()
