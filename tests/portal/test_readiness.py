"""What keeps the desk from serving."""

import shutil

import dj_database_url
import pytest
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.db import OperationalError, connection, connections

from portal import readiness
from portal.readiness import NotReady, migrations
from tests import served


@pytest.fixture(autouse=True)
def fresh():
    migrations.forget()
    yield
    migrations.forget()


def problem():
    """The problem found, and whether it needs the operator; None if there is none."""
    try:
        readiness.check()
    except NotReady as found:
        return str(found), found.needs_operator
    return None


@pytest.fixture
def empty_database(django_db_blocker):
    """The default connection leads to a database that was never migrated."""
    before = connections["default"]
    with served.database() as url, django_db_blocker.unblock():
        other = connections.create_connection("default")
        other.settings_dict = before.settings_dict | dj_database_url.parse(url)
        connections["default"] = other
        yield
        other.close()
        connections["default"] = before


def test_an_unmigrated_database_is_not_ready(empty_database):
    assert problem() == ("the database is not migrated", True)


@pytest.mark.django_db
def test_migrations_are_looked_at_once_in_some_seconds(monkeypatch, django_assert_num_queries):
    assert problem() is None
    with django_assert_num_queries(1):
        assert problem() is None
    monkeypatch.setattr("portal.readiness.MIGRATIONS_SECONDS", 0.0)
    migrations.forget()
    assert problem() is None
    with django_assert_num_queries(3):
        assert problem() is None


@pytest.mark.django_db
def test_missing_static_files_are_not_ready(settings, tmp_path):
    settings.STATIC_ROOT = str(tmp_path)
    assert problem() == ("static files are not collected", False)
    settings.DEBUG = True  # files are served from their sources
    assert problem() is None


@pytest.mark.django_db
def test_unreadable_static_files_are_not_ready(settings, tmp_path, monkeypatch):
    def unreadable(self):
        raise PermissionError

    settings.STATIC_ROOT = str(tmp_path)
    monkeypatch.setattr(ManifestStaticFilesStorage, "read_manifest", unreadable)
    assert problem() == ("static files are not collected", False)


@pytest.mark.django_db
def test_a_full_disk_is_not_ready(monkeypatch):
    assert problem() is None
    monkeypatch.setattr(readiness, "MIN_FREE_BYTES", shutil.disk_usage("/").total * 1000)
    is_ours = connection.vendor == "sqlite"  # PostgreSQL writes elsewhere
    assert problem() == (("the disk is full", False) if is_ours else None)


@pytest.mark.django_db
def test_where_checkpoints_go_is_left_alone(settings, tmp_path, monkeypatch):
    """It may hang, and only workers write there."""
    settings.AUDIT_CHECKPOINTS = str(tmp_path / "checkpoints.txt")
    asked, usage = [], shutil.disk_usage
    monkeypatch.setattr(shutil, "disk_usage", lambda path: asked.append(path) or usage(path))
    assert problem() is None
    assert tmp_path not in asked


@pytest.mark.django_db
def test_a_database_that_fails_does_not_answer():
    def away(execute, sql, params, many, context):
        raise OperationalError("the password of the database is hush")

    with connections["default"].execute_wrapper(away):
        assert problem() == ("the database does not answer", False)
