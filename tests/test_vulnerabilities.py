"""The report on known vulnerabilities: all clear only for packages that were checked."""

import runpy
from pathlib import Path

import pytest

SCRIPT = runpy.run_path(str(Path(__file__).resolve().parent.parent / ".ci" / "vulnerabilities.py"))
summarize = SCRIPT["summarize"]

CLEAN = {"name": "django", "version": "5.2.19", "vulns": []}
UNKNOWN = {"name": "httpx", "skip_reason": "not found"}
BAD = {"name": "urllib3", "version": "1.0", "vulns": [{"id": "PYSEC-1"}, {"id": "PYSEC-2"}]}


def test_a_vulnerability_fails_the_run_and_is_named():
    message, is_vulnerable = summarize([CLEAN, UNKNOWN, BAD], "")
    assert is_vulnerable
    assert "urllib3 1.0: PYSEC-1\nurllib3 1.0: PYSEC-2" in message


@pytest.mark.parametrize(
    ("dependencies", "reason"),
    [([], "no response within 60 seconds"), ([UNKNOWN, UNKNOWN], "the service knows none of the packages")],
)
def test_without_any_check_it_says_so_and_passes(dependencies, reason):
    message, is_vulnerable = summarize(dependencies, "no response within 60 seconds")
    assert not is_vulnerable
    assert message == f"NOT CHECKED for vulnerabilities: {reason}"


def test_checked_packages_are_counted():
    assert summarize([CLEAN, CLEAN], "") == ("no known vulnerability in 2 packages", False)
    assert "1 more NOT CHECKED" in summarize([CLEAN, UNKNOWN], "")[0]


def test_the_reason_for_a_missing_report_is_returned(tmp_path):
    assert "no/such/pins" in SCRIPT["audit"]("no/such/pins", tmp_path / "report.json")
