"""How PostgreSQL's programs are run."""

import pytest
from django.db import connection

from invites.backups import postgresql
from invites.backups.contents import BackupError

SHOW = """#!/bin/sh
echo "$@" "$PGPASSWORD" >&2
exit 1
"""


def test_a_missing_program_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="pg_restore is not installed"):
        postgresql.migrations(tmp_path / "desk.backup")


def test_the_password_is_in_the_environment_only(monkeypatch, tmp_path):
    """Everybody on the machine can read command lines."""
    program = tmp_path / "pg_restore"
    program.write_text(SHOW)
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    for name, value in {"HOST": "db.example", "USER": "desk", "PASSWORD": "secret", "NAME": "desk"}.items():
        monkeypatch.setitem(connection.settings_dict, name, value)
    with pytest.raises(BackupError) as failed:
        postgresql.load(tmp_path / "desk.backup")
    said = str(failed.value)
    assert said.startswith("pg_restore failed: -U desk -h db.example")
    assert "--dbname=desk" in said
    assert said.count("secret") == 1
    assert said.endswith(" secret")
