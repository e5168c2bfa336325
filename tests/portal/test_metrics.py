"""What is counted is what the text says, also of several processes."""

import os
import subprocess
import sys

from portal import metrics
from tests.metrics import Increase, parse

COUNT = "from portal import metrics; metrics.CHECKPOINTS.labels('lost').inc()"
PRINT = f"{COUNT}; print(metrics.counted().decode())"


def test_the_text_has_the_counts_of_this_process():
    grown = Increase()
    metrics.CHECKPOINTS.labels("lost").inc()
    assert grown() == {("desk_checkpoints_total", "lost"): 1.0}
    key = ("desk_checkpoints_total", "lost")
    assert parse(metrics.counted().decode())[key] == grown.before.get(key, 0.0) + 1


def test_processes_with_a_common_directory_are_added_up(tmp_path):
    env = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for program in (COUNT, PRINT):
        ended = subprocess.run(
            [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True
        )
    assert parse(ended.stdout)["desk_checkpoints_total", "lost"] == 2.0
