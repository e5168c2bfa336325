"""The figures of the audit log: `python -m tests.bench.audit SMALL BIG`, two database addresses.

Both are seeded where they are empty, SMALL with ten thousand events and BIG with a million. Run it once
for SQLite and once for PostgreSQL; databases have to exist there. Each part runs in a process of its own.
"""

import json
import os
import subprocess
import sys

COUNTS = (10_000, 1_000_000)
PARTS = ("pages", "verification", "export", "appends")
LIMITS = {
    "export: MB above idle": ("under", 64),
    "exported events a second of one core": ("at least", 20_000),
    "verified events a second of one core": ("at least", 12_000),
    "appends a second, 8 writers": ("at least", 500),
}


def run(module, address, *args):
    """What a module prints, run on a database."""
    command = [sys.executable, "-m", f"tests.bench.{module}", *args]
    environment = os.environ | {"DATABASE_URL": address}
    return subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True).stdout


def main(small, big):
    for address, count in zip((small, big), COUNTS, strict=True):
        run("seed_audit", address, str(count))
    ours, theirs = (json.loads(run("audit_one", address, "pages")) for address in (small, big))
    print(f"{'milliseconds, median':32} {'10,000':>10} {'1,000,000':>10} {'times':>6}")
    for name, before in ours.items():
        after = theirs[name]
        if before:
            limit = "at most 2" if name == "picture of all days" else ""
            print(f"{name:32} {before:10.1f} {after:10.1f} {after / before:6.2f} {limit}")
    print()
    for part in PARTS[1:]:
        for name, value in json.loads(run("audit_one", big, part)).items():
            limit = " ".join(f"{word:,}" if isinstance(word, int) else word for word in LIMITS.get(name, ()))
            print(f"{name:42} {value:14,.1f}   {limit}")


if __name__ == "__main__":
    main(*sys.argv[1:])
