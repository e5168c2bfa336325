"""The systemd units, as far as systemd can check them here."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[2]
UNITS = sorted((HERE / "deploy").glob("*.service"))
pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_accepts_the_unit(unit, tmp_path):
    programs = Path(sys.executable).parent
    installed = unit.read_text().replace("/srv/invitation-desk/.venv/bin", str(programs))
    (tmp_path / unit.name).write_text(re.sub(r"(User|Group)=.*", r"\1=root", installed))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    about_unit = [line for line in done.stderr.splitlines() if unit.name in line]
    assert about_unit == []


def test_web_and_worker_are_confined_alike():
    web, worker = (unit.read_text().partition("# The SQLite database")[2] for unit in reversed(UNITS))
    assert web == worker
    assert "ProtectSystem=strict" in web
