"""The facts of `operations` as metrics for Prometheus."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from django.conf import settings
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from invites import operations
from invites.audit.delivery import Undelivered
from invites.operations import Operations
from portal import clock, readiness
from portal.awork import http


class Gauges(Collector):
    """Gauges that were read for one response."""

    def __init__(self, gauges: Iterable[Metric]) -> None:
        self.gauges = list(gauges)

    def collect(self) -> Iterable[Metric]:
        """Return them."""
        return self.gauges


def facts() -> bytes:
    """All of it as text; of a desk that can't serve, no more than that."""
    registry = CollectorRegistry()
    registry.register(Gauges(_gauges()))
    return generate_latest(registry)


def _gauges() -> Iterator[Metric]:
    yield _by("version", "info", "The version that runs.", {settings.VERSION: 1})
    left = http.rate_limiter.remaining
    yield _gauge(
        "awork_requests_left", "Requests that awork accepts in this minute, by its last response.", left
    )
    try:
        readiness.check()
    except readiness.NotReady:
        yield _gauge("ready", "Whether /readyz is ok.", 0)
        return
    yield _gauge("ready", "Whether /readyz is ok.", 1)
    found = operations.read()
    yield from _background(found)
    yield from _invitations(found)
    yield from _audit_log(found)
    yield from _webhooks(found)
    yield from _delivery(found.undelivered)


def _background(found: Operations) -> Iterator[Metric]:
    yield _gauge("workers", "Workers with a recent heartbeat.", found.workers)
    if found.seen_at:
        seen = _stamp(found.seen_at)
        yield _gauge("worker_heartbeat_timestamp_seconds", "The last heartbeat of any worker.", seen)
    runs = {duty.name: duty.run for duty in found.duties if duty.run and duty.run.ended_at}
    failed = {name: float(bool(run.error)) for name, run in runs.items()}
    yield _by("duty", "duty_failed", "Whether the last run of a duty failed.", failed)
    ended = {name: _stamp(run.ended_at) for name, run in runs.items() if not run.error}
    yield _by("duty", "duty_success_timestamp_seconds", "When a duty ended, if its last run was fine.", ended)


def _invitations(found: Operations) -> Iterator[Metric]:
    queue, unclear = found.queue, found.unclear
    queued = {"running": queue.running, "paused": queue.paused}
    yield _by("batch", "queued_invitations", "Invitations that wait, by the state of their batch.", queued)
    waiting = _age(queue.since)
    yield _gauge("queue_oldest_seconds", "How long the oldest invitation of running batches waits.", waiting)
    ages = {"under_hour": unclear.under_hour, "under_day": unclear.under_day, "older": unclear.older}
    yield _by("age", "unclear_invitations", "Invitations that awork may or may not have sent.", ages)
    endings = {"unsettled": found.endings.unsettled, "waiting": found.endings.waiting}
    yield _by("state", "open_endings", "Ends of access to make or settle, or to be confirmed.", endings)
    oldest = _age(found.endings.since)
    yield _gauge("unsettled_ending_oldest_seconds", "How long the oldest to make or settle is open.", oldest)
    reasons = Counter(batch.reason or "person" for batch in found.paused)
    yield _by(
        "reason", "paused_batches", "Paused batches: by a person, or why the desk paused them.", reasons
    )


def _audit_log(found: Operations) -> Iterator[Metric]:
    chains = {str(workspace): chain for workspace, chain in found.chains.items()}
    events = {name: chain.last for name, chain in chains.items()}
    yield _by("workspace", "audit_events", "Events of each audit log.", events)
    verified = {name: chain.verified for name, chain in chains.items()}
    yield _by("workspace", "audit_verified_events", "Up to which event a log is verified.", verified)
    at = {name: _stamp(chain.event.at) for name, chain in chains.items() if chain.event}
    yield _by("workspace", "audit_verified_timestamp_seconds", "When a log was verified last.", at)
    broken = {name: float(chain.is_broken) for name, chain in chains.items()}
    yield _by("workspace", "audit_broken", "Whether the last verification found a problem.", broken)


def _webhooks(found: Operations) -> Iterator[Metric]:
    waiting = {str(one.webhook.pk): float(one.count) for one in found.webhooks}
    yield _by("webhook", "webhook_undelivered_events", "Events that a webhook has to deliver.", waiting)
    failing = {str(one.webhook.pk): float(bool(one.webhook.problem)) for one in found.webhooks}
    yield _by("webhook", "webhook_failing", "Whether the last attempt failed.", failing)
    parked = {str(one.webhook.pk): float(one.webhook.parked_at is not None) for one in found.webhooks}
    yield _by("webhook", "webhook_parked", "Whether its receiver refuses an event.", parked)


def _delivery(undelivered: Undelivered) -> Iterator[Metric]:
    yield _gauge("undelivered_checkpoints", "Checkpoints that wait for AUDIT_CHECKPOINTS.", undelivered.count)
    waiting = _age(undelivered.since)
    yield _gauge("undelivered_checkpoint_oldest_seconds", "How long the oldest of them waits.", waiting)
    failed = float(bool(undelivered.problem))
    yield _gauge("checkpoint_delivery_failed", "Whether the last attempt failed to deliver it.", failed)


def _age(since: datetime | None) -> float:
    return (clock.now() - since).total_seconds() if since else 0.0


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"desk_{name}", text, value)


def _by(label: str, name: str, text: str, values: Mapping[str, float]) -> Metric:
    gauge = GaugeMetricFamily(f"desk_{name}", text, labels=[label])
    for key, value in values.items():
        gauge.add_metric([key], value)
    return gauge


def _stamp(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0
