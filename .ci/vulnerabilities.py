"""Checks the pinned packages for known vulnerabilities: fails if there are any, reports unchecked packages.

pip-audit alone exits with the same code for a vulnerability and for a network failure, and counts packages
unknown to the service as free of vulnerabilities.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

SECONDS = 60


def main() -> int:
    pins = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        problem = audit(pins, report)
        dependencies = json.loads(report.read_text())["dependencies"] if report.exists() else []
    message, is_vulnerable = summarize(dependencies, problem)
    print(message)
    return 1 if is_vulnerable else 0


def audit(pins: str, report: Path) -> str:
    """Run pip-audit, which writes the report; returns the reason if it writes none."""
    tool = Path(sys.executable).with_name("pip-audit")
    options = ["-r", pins, "--require-hashes", "--disable-pip", "--progress-spinner", "off", "--desc", "off"]
    command = [tool, *options, "--format", "json", "--output", report]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"no response within {SECONDS} seconds"
    return (done.stderr.strip().splitlines() or ["unknown reason"])[-1]


def summarize(dependencies: list[dict], problem: str) -> tuple[str, bool]:
    """The message to print, and whether there is a vulnerability."""
    known = [one for one in dependencies if "vulns" in one]
    found = [f"{one['name']} {one['version']}: {vuln['id']}" for one in known for vuln in one["vulns"]]
    if found:
        return "\n".join(["KNOWN VULNERABILITIES:", *found]), True
    if not known:
        reason = "the service knows none of the packages" if dependencies else problem
        return f"NOT CHECKED for vulnerabilities: {reason}", False
    unknown = len(dependencies) - len(known)
    note = f"; {unknown} more NOT CHECKED, the service does not know them" if unknown else ""
    return f"no known vulnerability in {len(known)} packages{note}", False


if __name__ == "__main__":
    sys.exit(main())
