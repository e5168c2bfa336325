"""The stand-in, which signs anybody in as anybody, never leaves demo and tests."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import run_checks

from portal.checks import standin_stays_home

HERE = Path(__file__).resolve().parents[2]


def found() -> list[str]:
    return [message.id for message in run_checks() if message.id == "portal.E001"]


def test_it_is_fine_in_the_demo_on_this_machine(settings):
    settings.DEMO, settings.PORTAL_URL = True, "http://127.0.0.1:8000"
    assert found() == []


def test_it_is_refused_outside_the_demo(settings):
    settings.DEMO, settings.PORTAL_URL = False, "http://127.0.0.1:8000"
    assert found() == ["portal.E001"]


@pytest.mark.parametrize("address", ["https://invite.studio.example", "http://127.0.0.1.example:8000", ""])
def test_it_is_refused_where_others_can_come(settings, address):
    settings.DEMO, settings.PORTAL_URL = True, address
    assert found() == ["portal.E001"]


def test_a_house_without_it_is_fine_anywhere(settings):
    settings.DEMO, settings.PORTAL_URL = False, "https://invite.studio.example"
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "portal.standin"]
    assert standin_stays_home() == []


def test_a_demo_on_a_public_address_does_not_start():
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "portal.settings", "DEMO": "1"}
    environment["PORTAL_URL"] = "https://invite.studio.example"
    checked = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=HERE, env=environment, capture_output=True, text=True
    )
    assert checked.returncode == 1
    assert "loopback" in checked.stderr
