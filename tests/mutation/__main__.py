"""Puts deliberate faults into the core, one at a time, and counts those that the tests notice.

    python -m tests.mutation                     all faults in the core's modules (hours)
    python -m tests.mutation --sample 300        that many of them, always the same ones
    python -m tests.mutation invites/sending     only in files whose path begins so

Each fault runs the tests that reach its line, in a copy of the project, until one fails. Which tests those
are is measured once and kept under `var/mutation/`; `--measure` renews it after code or tests have changed.
`DATABASE_URL` selects the database: guards that only PostgreSQL runs are noticed only there, with `--jobs 1`.
Faults that make no difference are listed in `survivors.tsv` with the reason, and aren't run.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

from coverage import CoverageData

from tests.mutation.mutants import Maker, Mutant

Fault = tuple[Path, Mutant]  # the module, and the change to it
TOP = Path(__file__).parents[2]
KEPT = TOP / "var" / "mutation" / "coverage"
SURVIVORS = Path(__file__).with_name("survivors.tsv")
TIME_LIMIT = 300  # s; a fault that makes the tests hang is noticed
CORE = (
    *("invites/sending/*.py", "invites/models/invitation.py", "portal/sessions.py", "portal/locks.py"),
    *(f"invites/policy/{name}.py" for name in ("rules", "decision", "recheck", "domains", "versions")),
    *(f"invites/audit/{name}.py" for name in ("chain", "checkpoints", "record", "redact", "erase", "verify")),
    *(f"portal/accounts/{name}.py" for name in ("admission", "access_check", "oauth_state", "members")),
    *(f"portal/awork/{name}.py" for name in ("rate_limit", "tokens", "oauth")),
    *("portal/email_addresses.py", "portal/roles.py"),
)
PYTEST = [sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", "--no-header"]


def measure() -> None:
    """Run the tests once, keeping which of them reach which line."""
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    options = [
        "--cov=portal",
        "--cov=invites",
        "--cov-context=test",
        "--cov-report=",
        "--ignore=tests/browser",
    ]
    subprocess.run([*PYTEST, "-n", "2", *options], cwd=TOP, env=os.environ | {"COVERAGE_FILE": str(KEPT)})


def tests_by_line(module: Path) -> dict[int, list[str]]:
    """The tests that reach each line of the module, its own tests first; under 0 those that reach any.

    What runs when the module is imported is reached by no single test.
    """
    data = CoverageData(str(KEPT))
    data.read()
    mirror = f"tests/{module.parent}/test_{module.name}"
    lines = data.contexts_by_lineno(str(TOP / module))
    found = {line: {_function(one) for one in met if one} for line, met in lines.items()}
    found[0] = set().union(*found.values())
    return {line: sorted(tests, key=_order(mirror)) for line, tests in found.items()}


def _function(context: str) -> str:
    """The test function of a coverage context, without parameters and phase."""
    return context.partition("|")[0].partition("[")[0]


def _order(mirror: str):
    return lambda test: (not test.startswith(mirror), "/faults/" in test, test)


def accepted() -> set[tuple[str, str]]:
    """The faults that make no difference, as module and change."""
    rows = [line.split("\t") for line in SURVIVORS.read_text().splitlines() if line[:1] not in ("", "#")]
    return {(module, change) for module, change, _why in rows}


def chosen(prefixes: list[str], sample: int) -> list[Fault]:
    """The faults to try."""
    modules = sorted({path.relative_to(TOP) for pattern in CORE for path in TOP.glob(pattern)})
    if prefixes:
        modules = [module for module in modules if str(module).startswith(tuple(prefixes))]
    known = accepted()
    found = [(module, one) for module in modules for one in Maker((TOP / module).read_bytes()).mutants()]
    found = [(module, one) for module, one in found if (str(module), str(one)) not in known]
    return random.Random(1).sample(found, sample) if 0 < sample < len(found) else found


def is_noticed(copy: Path, module: Path, mutant: Mutant, tests: list[str]) -> bool:
    """Whether one of these tests fails with the fault in place."""
    if not tests:
        return False
    source = (TOP / module).read_bytes()
    (copy / module).write_bytes(mutant.applied(source))
    (copy / "selected").write_text("\n".join(tests))
    try:
        run = subprocess.run([*PYTEST, "-x", "@selected"], cwd=copy, capture_output=True, timeout=TIME_LIMIT)
    except subprocess.TimeoutExpired:
        return True
    finally:
        (copy / module).write_bytes(source)
    return run.returncode != 0


def attempt(faults: list[Fault], jobs: int) -> Iterator[bool]:
    """Try each fault in one of the copies, and print those that nobody notices."""
    reached = {module: tests_by_line(module) for module, _ in faults}
    copies: Queue[Path] = Queue()

    def notices(fault: Fault) -> bool:
        module, mutant = fault
        copy = copies.get()
        tests = reached[module].get(mutant.line) or reached[module][0]
        noticed = is_noticed(copy, module, mutant, tests)
        copies.put(copy)
        if not noticed:
            print(f"{module}\t{mutant}\tline {mutant.line}", flush=True)
        return noticed

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(jobs) as pool:
        for number in range(jobs):
            copy = Path(folder) / str(number)
            shutil.copytree(TOP, copy, ignore=shutil.ignore_patterns(".git", ".venv", "var", "*_cache"))
            copies.put(copy)
        yield from pool.map(notices, faults)


def main() -> None:
    """Try the faults and print the ones that nobody noticed."""
    parser = argparse.ArgumentParser(prog="tests.mutation", description=__doc__.partition("\n")[0])
    parser.add_argument("prefixes", nargs="*")
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--measure", action="store_true")
    options = parser.parse_args()
    if options.measure or not KEPT.exists():
        measure()
    faults = chosen(options.prefixes, options.sample)
    noticed = sum(attempt(faults, options.jobs))
    print(f"{noticed} of {len(faults)} faults noticed ({noticed / max(len(faults), 1):.1%})")


if __name__ == "__main__":
    main()
