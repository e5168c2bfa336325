"""What is counted is what the text says, also of several processes."""

import os
import subprocess
import sys

from portal import metrics
from tests.metrics import Increase, parse

COUNT = "from portal import metrics; metrics.REQUEST_SECONDS.labels(418).observe(1)"
PRINT = f"{COUNT}; print(metrics.counted().decode())"


def test_the_text_has_the_counts_of_this_process():
    grown = Increase()
    metrics.REQUEST_SECONDS.labels(418).observe(1)
    key = ("desk_request_seconds_count", "418")
    assert grown() == {key: 1.0}
    assert parse(metrics.counted().decode())[key] == grown.before.get(key, 0.0) + 1


def test_processes_with_a_common_directory_are_added_up(tmp_path):
    env = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for program in (COUNT, PRINT):
        ended = subprocess.run(
            [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True
        )
    assert parse(ended.stdout)["desk_request_seconds_count", "418"] == 2.0
