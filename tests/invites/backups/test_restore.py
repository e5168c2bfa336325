"""Restoring over a desk: what is refused, what is recorded, and what is kept from going out again."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from invites.audit import checkpoints, delivery, verify
from invites.audit.models import Event
from invites.audit.rotation import rotate
from invites.models import BatchState, Invitation

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "desk.backup"


def test_a_restore_names_what_was_lost_and_pauses_batches(
    new_invitation, send, start_batch, published, file, capsys, monkeypatch
):
    batch = start_batch(("WEB-12", "ben@creative.example"))
    call_command("backup", file)
    assert f"Wrote {file}, readable by you only." in capsys.readouterr().out
    after = Event.objects.count()
    send(new_invitation())
    before = Event.objects.count()
    assert delivery.deliver_now()
    lines = published.read_text()
    assert before > after

    with pytest.raises(
        CommandError, match=r"The database is not empty: workspaces: 1, invitations: 2, events: "
    ):
        call_command("restore", file)
    monkeypatch.setattr(checkpoints, "INTERVAL", 1)  # each new event makes a checkpoint
    call_command("restore", file, replace=True)

    said = capsys.readouterr().out
    assert f"events {after + 1} to {before} are lost; event {before + 1} records it" in said
    assert "running batches that are paused now: 1" in said
    batch.refresh_from_db()
    assert batch.state == BatchState.PAUSED
    assert Invitation.objects.count() == 1
    restored, paused = Event.objects.order_by("sequence")[after:]
    assert (restored.type, restored.details) == ("restored", {"last_after": after, "last_before": before})
    assert (paused.type, paused.sequence) == ("batch-paused", before + 2)
    assert verify.verify(batch.workspace_id, []).problem is None
    assert delivery.deliver_now()
    assert published.read_text() == lines

    with pytest.raises(SystemExit):
        call_command("audit_checkpoint")
    signed = list(checkpoints.parsed(published.read_text().splitlines()))
    assert signed[-1].sequence == paused.sequence
    assert len(signed) == len(lines.splitlines()) + 1
    assert verify.verify(batch.workspace_id, signed).problem is None


def test_what_is_not_a_backup_of_this_version_is_refused(paula, file):
    file.write_text("nonsense")
    with pytest.raises(CommandError):
        call_command("restore", file, replace=True)
    with pytest.raises(CommandError):
        call_command("restore", file.with_name("missing"), replace=True)
    file.unlink()
    migrations = MigrationRecorder(connection)
    migrations.record_applied("audit", "9999_later")
    try:
        call_command("backup", file)
    finally:
        migrations.record_unapplied("audit", "9999_later")
    with pytest.raises(
        CommandError, match="newer version of the desk, with these migrations: audit 9999_later"
    ):
        call_command("restore", file, replace=True)
    assert not Event.objects.filter(type="restored").exists()


def test_a_backup_from_before_a_rotation_of_the_audit_key_is_verified_with_the_new_key(
    new_invitation, send, published, file, settings
):
    send(new_invitation())
    with pytest.raises(SystemExit):
        call_command("verify_audit", record=True)
    call_command("backup", file)
    old, new = settings.AUDIT_KEY, b"n" * 32
    settings.AUDIT_KEY, settings.AUDIT_KEY_FALLBACKS = new, [old]
    rotate()
    settings.AUDIT_KEY_FALLBACKS = []
    assert delivery.deliver_now()
    lines = published.read_text()

    call_command("restore", file, replace=True)
    assert published.read_text() == lines
    kept = [checkpoints.parse(line) for line in lines.splitlines()]
    assert {one.is_handover() for one in kept} == {True, False}
    assert not any(verify.verify(one, kept).problem for one in verify.workspaces())


def test_a_backup_from_after_a_rotation_needs_the_new_key(new_invitation, send, file, settings):
    send(new_invitation())
    old = settings.AUDIT_KEY
    settings.AUDIT_KEY, settings.AUDIT_KEY_FALLBACKS = b"n" * 32, [old]
    rotate()
    call_command("backup", file)
    settings.AUDIT_KEY, settings.AUDIT_KEY_FALLBACKS = old, []
    with pytest.raises(CommandError, match="a key that AUDIT_KEY of this process lacks"):
        call_command("restore", file, replace=True)
