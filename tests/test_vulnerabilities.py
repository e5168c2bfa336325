"""What the gate says of known vulnerabilities: all clear only where it has looked."""

import runpy
from pathlib import Path

import pytest

GATE = runpy.run_path(str(Path(__file__).resolve().parent.parent / ".ci" / "vulnerabilities.py"))
verdict = GATE["verdict"]

CLEAN = {"name": "django", "version": "5.2.19", "vulns": []}
UNKNOWN = {"name": "httpx", "skip_reason": "not found"}
BAD = {"name": "urllib3", "version": "1.0", "vulns": [{"id": "PYSEC-1"}, {"id": "PYSEC-2"}]}


def test_a_vulnerability_fails_the_gate_and_is_named():
    said, found = verdict([CLEAN, UNKNOWN, BAD], "")
    assert found
    assert "urllib3 1.0: PYSEC-1\nurllib3 1.0: PYSEC-2" in said


@pytest.mark.parametrize(
    ("dependencies", "reason"),
    [([], "no answer within 60 seconds"), ([UNKNOWN, UNKNOWN], "the service knows none of the packages")],
)
def test_where_nothing_was_looked_up_it_says_so_and_lets_pass(dependencies, reason):
    said, found = verdict(dependencies, "no answer within 60 seconds")
    assert not found
    assert said == f"NOT LOOKED UP, so nothing is known of vulnerabilities: {reason}"


def test_what_was_looked_up_is_counted():
    assert verdict([CLEAN, CLEAN], "") == ("no known vulnerability in 2 packages", False)
    assert "1 more NOT LOOKED UP" in verdict([CLEAN, UNKNOWN], "")[0]


def test_what_stood_in_the_way_is_told(tmp_path):
    assert "no/such/pins" in GATE["look_up"]("no/such/pins", tmp_path / "report.json")
