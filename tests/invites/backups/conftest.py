"""A log with checkpoints that are published, as a desk in production has."""

import pytest

from invites.audit import checkpoints, verify


@pytest.fixture
def published(settings, tmp_path, monkeypatch):
    """The file where production's checkpoints are kept; every fifth event makes one."""
    for module in (checkpoints, verify):
        monkeypatch.setattr(module, "INTERVAL", 5)
    settings.AUDIT_CHECKPOINTS = str(tmp_path / "published.txt")
    return tmp_path / "published.txt"
