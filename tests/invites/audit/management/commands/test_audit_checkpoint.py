from dataclasses import replace
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from invites.audit import checkpoints
from invites.audit.catalogue import EventType
from invites.audit.record import record
from invites.audit.rotation import rotate

pytestmark = pytest.mark.django_db


def run():
    with pytest.raises(SystemExit) as ended:
        call_command("audit_checkpoint")
    return ended.value.code


def test_every_chain_is_signed_and_told(paula, capsys, settings, tmp_path):
    settings.AUDIT_CHECKPOINTS = str(tmp_path / "kept.txt")
    record(EventType.SIGNED_IN, by=paula)
    record(EventType.SIGNED_IN, by=replace(paula, workspace=UUID(int=5)))

    assert run() == 0

    lines = capsys.readouterr().out.splitlines()
    said = [checkpoints.parse(line) for line in lines]
    assert [one.workspace for one in said] == [UUID(int=5), paula.workspace]
    assert all(one.signed and one.sequence == 1 for one in said)
    assert (tmp_path / "kept.txt").read_text().splitlines() == lines


def test_a_place_out_of_reach_is_told_by_the_exit_code(paula, settings, tmp_path):
    record(EventType.SIGNED_IN, by=paula)
    settings.AUDIT_CHECKPOINTS = str(tmp_path / "missing" / "kept.txt")
    assert run() == 1
    (tmp_path / "missing").mkdir()
    assert run() == 0  # and delivers what waited
    lines = (tmp_path / "missing" / "kept.txt").read_text().splitlines()
    assert lines == checkpoints.stored_lines([paula.workspace])
    assert len(lines) == 2


def test_a_process_with_a_replaced_key_says_so(paula, settings):
    record(EventType.SIGNED_IN, by=paula)
    old = settings.AUDIT_KEY
    settings.AUDIT_KEY, settings.AUDIT_KEY_FALLBACKS = b"n" * 32, [old]
    rotate()
    settings.AUDIT_KEY, settings.AUDIT_KEY_FALLBACKS = old, []
    with pytest.raises(CommandError, match="restart it"):
        call_command("audit_checkpoint")
