"""What this process counts for `/metrics`; what the database knows exactly is not counted here.

With the environment variable `PROMETHEUS_MULTIPROC_DIR`, a directory that all processes of a machine can
write to, their counts are added up: those of several gunicorn processes and of `manage.py work`.
"""

import os

from prometheus_client import REGISTRY, CollectorRegistry, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

REQUEST_SECONDS = Histogram(
    "desk_request_seconds", "Requests by status, until the response begins.", ["status"], buckets=SECONDS
)
AWORK_SECONDS = Histogram(
    "desk_awork_request_seconds",
    "Calls to awork by outcome: the class of the status, 429, or the error without a response.",
    ["method", "outcome"],
    buckets=SECONDS,
)
# From 0 on: Prometheus sees no increase in what begins with its first case.
REQUEST_SECONDS.labels(500)


def counted() -> bytes:
    """The counts as text for Prometheus."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
