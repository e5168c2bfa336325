"""What administrators read on every page while the desk needs them, and nobody else."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError, connection

from invites import operations
from invites.audit.verify import Problem, Result, record_verification
from invites.models import DutyRun, WorkerProcess
from invites.models.worker import ALIVE
from invites.notice import sentences
from invites.worker import registered
from portal import clock
from portal.actor import PORTAL_WORKSPACE, for_system, for_user
from tests.invites import factories

pytestmark = pytest.mark.django_db
NO_WORKER = "No worker is running: batches, checks and deliveries wait."
BROKEN = "The last verification of the audit log found a problem."


@pytest.fixture
def anna():
    return factories.person("Anna Admin", role="administrator")


@pytest.fixture
def working():
    with registered():
        yield


def verified(by, *, broken):
    problem = Problem(1, "it was changed") if broken else None
    record_verification(Result(by.workspace, 1, 1, 0, 0, problem=problem), by=by)


def test_nothing_is_said_while_all_is_well(anna, working):
    assert sentences(anna) == []
    verified(for_user(anna), broken=False)
    assert sentences(anna) == []


def test_a_missing_worker_is_said_by_the_rules_of_the_status(anna, working):
    WorkerProcess.objects.update(seen_at=clock.now() - ALIVE)
    assert (sentences(anna), operations.read().is_working) == ([NO_WORKER], False)
    now = clock.now()
    DutyRun.objects.create(name="reconcile", due_at=now, ended_at=now - timedelta(minutes=14))  # cron
    assert (sentences(anna), operations.read().is_working) == ([], True)
    DutyRun.objects.update(ended_at=now - timedelta(minutes=16))
    assert (sentences(anna), operations.read().is_working) == ([NO_WORKER], False)


@pytest.mark.parametrize("of_portal", [False, True])
def test_the_last_verification_counts(anna, working, of_portal):
    by = for_system(PORTAL_WORKSPACE) if of_portal else for_user(anna)
    verified(by, broken=True)
    assert sentences(anna) == [BROKEN]
    verified(by, broken=False)
    assert sentences(anna) == []


def test_other_workspaces_are_not_said(anna, working):
    verified(for_user(factories.person("Otto Ostwind", workspace="Elsewhere")), broken=True)
    assert sentences(anna) == []


def test_it_costs_administrators_one_statement_and_others_none(anna, django_assert_num_queries):
    verified(for_user(anna), broken=True)
    with django_assert_num_queries(1):
        assert sentences(anna) == [NO_WORKER, BROKEN]
    others = [factories.person(f"A {role}", role=role) for role in ("manager", "lead", "auditor")]
    with django_assert_num_queries(0):
        assert [sentences(user) for user in (*others, AnonymousUser())] == [[]] * 4


def test_a_lost_database_says_nothing(anna):
    def away(execute, sql, params, many, context):
        raise OperationalError

    with connection.execute_wrapper(away):
        assert sentences(anna) == []
