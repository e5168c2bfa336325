"""What is checked at the start: a stand-in outside the demo and tests, and the names of settings."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.core.checks import run_checks

from portal.apps import check_standin

HERE = Path(__file__).resolve().parents[2]


def errors() -> list[str]:
    return [message.id for message in run_checks() if message.id == "portal.E001"]


def test_a_demo_on_a_loopback_host_passes(settings):
    settings.DEMO, settings.PORTAL_URL = True, "http://127.0.0.1:8000"
    assert errors() == []


def test_a_standin_outside_the_demo_is_an_error(settings):
    settings.DEMO, settings.PORTAL_URL = False, "http://127.0.0.1:8000"
    assert errors() == ["portal.E001"]


@pytest.mark.parametrize("address", ["https://invite.studio.example", "http://127.0.0.1.example:8000", ""])
def test_a_demo_on_a_public_host_is_an_error(settings, address):
    settings.DEMO, settings.PORTAL_URL = True, address
    assert errors() == ["portal.E001"]


def test_production_without_a_standin_passes(settings):
    settings.DEMO, settings.PORTAL_URL = False, "https://invite.studio.example"
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "portal.standin"]
    assert check_standin() == []


def test_a_demo_on_a_public_address_does_not_start():
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "portal.settings", "DEMO": "1"}
    environment["PORTAL_URL"] = "https://invite.studio.example"
    checked = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=HERE, env=environment, capture_output=True, text=True
    )
    assert checked.returncode == 1
    assert "loopback" in checked.stderr


def test_the_log_says_which_setting_is_misspelt(settings, log_lines):
    settings.MISSPELT_SETTINGS = {"AUTIT_CHECKPOINTS": "AUDIT_CHECKPOINTS"}
    apps.get_app_config("portal").ready()
    (line,) = log_lines()
    assert line["level"] == "warning"
    assert "AUTIT_CHECKPOINTS is not a setting; did you mean AUDIT_CHECKPOINTS?" in line["event"]
