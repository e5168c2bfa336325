"""How PostgreSQL's programs are run."""

import pytest
from django.db import connection

from invites.backups import postgresql
from invites.backups.contents import BackupError
from portal.models import User

SHOW = """#!/bin/sh
echo "$@" "$PGPASSWORD" >&2
exit 1
"""


def test_a_missing_program_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="pg_restore is not installed"):
        postgresql.migrations(tmp_path / "desk.backup")


@pytest.mark.django_db(transaction=True)
def test_the_password_is_in_the_environment_only(monkeypatch, tmp_path):
    """Everybody on the machine can read command lines."""
    for name in ("psql", "pg_restore"):
        (tmp_path / name).write_text(SHOW)
        (tmp_path / name).chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    connection.ensure_connection()
    for name, value in {"HOST": "db.example", "USER": "desk", "PASSWORD": "secret", "NAME": "desk"}.items():
        monkeypatch.setitem(connection.settings_dict, name, value)
    with pytest.raises(BackupError) as failed:
        postgresql.load(tmp_path / "desk.backup")
    said = str(failed.value)
    assert said.startswith("psql failed: -U desk -h db.example")
    assert "--dbname=desk" in said
    assert said.count("secret") == 1
    assert said.endswith(" secret")


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="runs pg_dump")
@pytest.mark.django_db(transaction=True)
def test_a_dump_may_take_longer_than_other_transactions_may_idle(tmp_path):
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '100ms'")
    try:
        assert postgresql.dump(tmp_path / "desk.backup").is_empty
    finally:
        connection.close()  # with its setting


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="runs pg_restore")
@pytest.mark.django_db(transaction=True)
def test_a_restore_drops_what_is_newer_than_the_backup_or_changes_nothing(paula, tmp_path):
    good, broken = tmp_path / "desk.backup", tmp_path / "broken.backup"
    postgresql.dump(good)
    broken.write_bytes(good.read_bytes()[:-2000])
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE portal_newer (workspace uuid REFERENCES portal_workspace)")
        cursor.execute("ALTER TABLE portal_workspace ADD COLUMN newer uuid REFERENCES portal_user (awork_id)")
    paula.delete()

    with pytest.raises(BackupError, match="pg_restore failed"):
        postgresql.load(broken)
    assert not User.objects.exists()
    assert "portal_newer" in connection.introspection.table_names()
    postgresql.load(good)
    assert User.objects.get().awork_id == paula.awork_id
    assert "portal_newer" not in connection.introspection.table_names()


@pytest.mark.django_db(transaction=True)
def test_no_backup_goes_through_a_pool(settings, tmp_path):
    settings.DATABASE_POOL = "transaction"
    with pytest.raises(BackupError, match="set DATABASE_URL to PostgreSQL itself"):
        postgresql.load(tmp_path / "desk.backup")
