"""`manage.py standin` as a separate process."""

import re
import signal
import time

import httpx

from portal.standin.environment import API_KEY
from tests.portal.standin.management.commands.test_demo import manage


def test_it_serves_many_tasks_with_a_delay_until_interrupted(port, tmp_path):
    process = manage("standin", "--port", port, "--tasks", 50_000, "--delay", 100, "--data", tmp_path)
    try:
        printed = "".join(process.stdout.readline() for _ in range(3))
        base = re.search(r"AWORK_API_URL=(\S+)", printed)[1]
        assert API_KEY in printed
        began = time.monotonic()
        headers = {"Authorization": f"Bearer {API_KEY}"}
        answer = httpx.get(f"{base}/me/allavailabletasks?pageSize=1", headers=headers)
        assert time.monotonic() - began > 0.1
        assert int(answer.headers["aw-totalitems"]) > 20_000
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")
