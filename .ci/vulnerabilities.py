"""Looks the pins up among the known vulnerabilities; says so where it could not, and fails for what it found.

pip-audit alone ends alike when it finds something and when it reaches nobody, and calls packages that the
service does not know free of vulnerabilities.
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
        problem = look_up(pins, report)
        dependencies = json.loads(report.read_text())["dependencies"] if report.exists() else []
    said, found = verdict(dependencies, problem)
    print(said)
    return 1 if found else 0


def look_up(pins: str, report: Path) -> str:
    """Write the report; what stood in the way if nothing was written."""
    tool = Path(sys.executable).with_name("pip-audit")
    told = ["-r", pins, "--require-hashes", "--disable-pip", "--progress-spinner", "off", "--desc", "off"]
    command = [tool, *told, "--format", "json", "--output", report]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"no answer within {SECONDS} seconds"
    return (done.stderr.strip().splitlines() or ["no word of why"])[-1]


def verdict(dependencies: list[dict], problem: str) -> tuple[str, bool]:
    """What to say, and whether a vulnerability was found."""
    known = [one for one in dependencies if "vulns" in one]
    found = [f"{one['name']} {one['version']}: {vuln['id']}" for one in known for vuln in one["vulns"]]
    if found:
        return "\n".join(["KNOWN VULNERABILITIES:", *found]), True
    if not known:
        reason = "the service knows none of the packages" if dependencies else problem
        return f"NOT LOOKED UP, so nothing is known of vulnerabilities: {reason}", False
    unknown = len(dependencies) - len(known)
    beside = f"; {unknown} more NOT LOOKED UP, the service does not know them" if unknown else ""
    return f"no known vulnerability in {len(known)} packages{beside}", False


if __name__ == "__main__":
    sys.exit(main())
