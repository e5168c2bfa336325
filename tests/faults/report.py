"""The fault matrix as a table: each test records its cell, the end of the test run writes the table."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

FOLDER, TABLE = "fault-matrix", "fault-matrix.md"


def record_cell(call: str, fault: str, shown: str, settled: str, assignees: str) -> None:
    """Save the result of one cell."""
    folder = Path(settings.VAR) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    cell = {"call": call, "fault": fault, "shown": shown, "settled": settled, "assignees": assignees}
    name = f"{connection.vendor} {call} {fault}.json".replace(" ", "-")
    (folder / name).write_text(json.dumps(cell))


def table(cells: list[dict[str, str]]) -> str:
    """One row for each call and fault: the state shown at once, and after reconciliation."""
    head = ["call", "fault", "shown at once", "after reconciliation", "assignees"]
    rows = [head, ["---"] * len(head), *([*cell.values()] for cell in cells)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the table, in the main process only."""
    folder = Path(settings.VAR) / FOLDER
    if hasattr(session.config, "workerinput") or not folder.is_dir():
        return
    parts = []
    for vendor in ("sqlite", "postgresql"):
        files = sorted(folder.glob(f"{vendor}-*.json"))
        if files:
            cells = [json.loads(one.read_text()) for one in files]
            parts.append(f"## {vendor}: {len(cells)} cells\n\n{table(cells)}\n")
    (folder.parent / TABLE).write_text("\n".join(["# Every call, every fault\n", *parts]))
