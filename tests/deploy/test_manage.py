"""deploy/manage: the settings and the user of the systemd units, for one command."""

import os  # noqa: F401  # named in skipif
import subprocess
import tempfile
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[2]
SCRIPT = (HERE / "deploy" / "manage").read_text()
ENVIRONMENT = "/etc/invitation-desk/environment"
USER, GROUP = "nobody", "nogroup"
PYTHON = """#!/bin/sh
id -un; id -gn
pwd
printf '%s\\n' "$SECRET_KEY" "$DATABASE_URL" "$@"
"""


def executable(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def code():
    """A folder that every user can read."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.mark.skipif("os.geteuid()", reason="changes its user, which only root can")
def test_it_runs_a_command_as_the_services_do(code):
    settings = code / "environment"
    settings.write_text(
        "SECRET_KEY=one\nDATABASE_URL='postgresql://desk@db/desk?sslmode=require&options=a b'\n"
    )
    settings.chmod(0o600)
    script = SCRIPT.replace(ENVIRONMENT, str(settings)).replace("--regid invitation-desk", f"--regid {GROUP}")
    executable(code / "deploy" / "manage", script.replace("invitation-desk", USER))
    executable(code / ".venv" / "bin" / "python", PYTHON)
    done = subprocess.run(
        [code / "deploy" / "manage", "status", "a b"], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        *(USER, GROUP, str(code), "one", "postgresql://desk@db/desk?sslmode=require&options=a b"),
        *("manage.py", "status", "a b"),
    ]


@pytest.mark.parametrize("unit", sorted((HERE / "deploy").glob("*.service")), ids=lambda unit: unit.stem)
def test_it_is_the_user_and_the_file_of_the_units(unit):
    text = unit.read_text()
    assert f"EnvironmentFile={ENVIRONMENT}\n" in text
    assert "User=invitation-desk\nGroup=invitation-desk\n" in text
    assert f". {ENVIRONMENT}\n" in SCRIPT
    assert "--reuid invitation-desk --regid invitation-desk --init-groups" in SCRIPT
