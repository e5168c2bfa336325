"""The state of the desk in sentences: for `manage.py status`, and for administrators at `/status/`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invites import operations
from invites.audit import problems
from invites.audit.delivery import Undelivered
from invites.audit.status import ChainStatus
from invites.guests.mails import MailCounts
from invites.messages import pause_reason
from invites.models import AworkUpdates, Batch
from invites.operations import Endings, Operations, Queue, Unclear
from invites.stream.backlog import Backlog
from portal.zones import moment

DUTIES: dict[str, Promise] = {
    "reconcile": gettext_lazy("Check unclear invitations"),
    "post-comments": gettext_lazy("Post comments on tasks"),
    "discard-stopped": gettext_lazy("Mark the rest of stopped batches as not sent"),
    "send-events": gettext_lazy("Send events to webhooks"),
    "deliver-checkpoints": gettext_lazy("Deliver checkpoints"),
    "end-access": gettext_lazy("End the access of guests"),
    "refresh-guests": gettext_lazy("Refresh what became of guests"),
    "end-dates": gettext_lazy("Warn before end dates, and act on them"),
    "check-sponsors": gettext_lazy("Check whether sponsors are still members"),
    "send-mails": gettext_lazy("Send e-mails before end dates"),
    "close-reviews": gettext_lazy("Close reviews whose day is over"),
    "tidy-up": gettext_lazy("Delete what has expired"),
}


@dataclass(frozen=True)
class Line:
    """A fact in a sentence, whether someone has to act, and the page where, if there is one."""

    needs_attention: bool
    text: str
    url: str = ""


def describe(facts: Operations) -> Iterator[Line]:
    """A line for each fact."""
    yield Line(not facts.is_working, _workers(facts))
    for duty in facts.duties:
        yield Line(duty.has_failed or duty.is_late, _duty(duty))
    yield Line(facts.queue.is_slow, _queue(facts.queue))
    yield Line(facts.unclear.is_old, _unclear(facts.unclear))
    yield Line(facts.endings.are_old, _endings(facts.endings))
    for batch in facts.paused:
        yield Line(bool(batch.reason), _batch(batch), batch.get_absolute_url())
    for workspace, chain in facts.chains.items():
        yield Line(chain.is_broken, _chain(facts.names.get(workspace), chain))
    for backlog in facts.webhooks:
        yield Line(backlog.needs_attention, _webhook(backlog))
    yield Line(bool(facts.mails.failed), _mails(facts.mails))
    yield Line(facts.undelivered.is_late, _checkpoints(facts.undelivered))


def describe_updates(workspace: UUID) -> str:
    """Whether awork tells the desk at once what happens to users, as far as the desk knows by itself."""
    updates = AworkUpdates.objects.filter(workspace=workspace).first()
    if updates is None:
        return _("not connected")
    if updates.delivered_at is None:
        return _("connected, no delivery yet")
    return _("connected, last delivery on %(at)s") % {"at": _time(updates.delivered_at)}


def _workers(facts: Operations) -> str:
    if facts.is_working:
        return _("Workers running: %(count)s.") % {"count": facts.workers}
    return _("No worker is running. To start one: manage.py work")


def _duty(duty: operations.Duty) -> str:
    """The duty in words, and by the name that the log and the metrics have."""
    return f"{DUTIES[duty.name]} ({duty.name}): {_last_run(duty)}"


def _last_run(duty: operations.Duty) -> str:
    run = duty.run
    if run is None or run.started_at is None:
        return _("not run yet.")
    if duty.has_failed:
        text = _("the last run, on %(at)s, failed with %(error)s. The log says where.")
    elif duty.is_late:
        text = _("last run on %(at)s; the next is due since %(due)s.")
    else:
        text = _("last run on %(at)s.")
    return text % {"at": _time(run.started_at), "due": _time(run.due_at), "error": run.error}


def _queue(queue: Queue) -> str:
    text = _("Queued invitations: %(running)s; in paused batches: %(paused)s.")
    if queue.since:
        text = _("Queued invitations: %(running)s, the oldest since %(at)s; in paused batches: %(paused)s.")
    return text % {"running": queue.running, "paused": queue.paused, "at": _time(queue.since)}


def _unclear(unclear: Unclear) -> str:
    if not unclear.count:
        return _("Unclear invitations: 0.")
    text = _(
        "Unclear invitations: %(count)s (%(hour)s under an hour, %(day)s under a day, %(older)s older), "
        "the oldest since %(at)s."
    )
    return text % {
        "count": unclear.count,
        "hour": unclear.under_hour,
        "day": unclear.under_day,
        "older": unclear.older,
        "at": _time(unclear.since),
    }


def _endings(endings: Endings) -> str:
    text = _("Unsettled ends of access: %(unsettled)s; waiting for someone to confirm them: %(waiting)s.")
    if endings.since:
        text = _(
            "Unsettled ends of access: %(unsettled)s, the oldest since %(at)s; "
            "waiting for someone to confirm them: %(waiting)s."
        )
    facts = {"unsettled": endings.unsettled, "waiting": endings.waiting, "at": _time(endings.since)}
    return text % facts


def _batch(batch: Batch) -> str:
    text = _("The batch of %(inviter)s from %(created)s is paused since %(at)s. %(why)s")
    return text % {
        "inviter": batch.inviter.name,
        "created": _time(batch.created_at),
        "at": _time(batch.changed_at),
        "why": pause_reason(batch.reason) if batch.reason else _("Someone paused it."),
    }


def _chain(name: str | None, chain: ChainStatus) -> str:
    """The sentence about the audit log of this workspace, or of the portal itself."""
    if chain.is_broken:
        text = _("Audit log of %(owner)s: %(count)s events, the last verification found a problem on %(at)s.")
    elif chain.event:
        text = _("Audit log of %(owner)s: %(count)s events, verified up to event %(number)s on %(at)s.")
    else:
        text = _("Audit log of %(owner)s: %(count)s events, never verified.")
    at = _time(chain.event.at if chain.event else None)
    return text % {"owner": name or _("the portal"), "count": chain.last, "number": chain.verified, "at": at}


def _webhook(backlog: Backlog) -> str:
    webhook = backlog.webhook
    facts = {
        "name": webhook.purpose,
        "event": webhook.position,
        "count": backlog.count,
        "problem": problems.shown(webhook.problem),
        "parked": webhook.parked_at,
        "at": _time(webhook.failing_since),
    }
    text = _("Webhook %(name)s: delivered up to event %(event)s, with %(count)s more to deliver.")
    if webhook.parked_at:
        text = _("Webhook %(name)s is parked at event %(parked)s, with %(count)s to deliver: %(problem)s.")
    elif webhook.problem:
        text = _("Webhook %(name)s has failed since %(at)s, with %(count)s to deliver: %(problem)s.")
    return text % facts


def _mails(counts: MailCounts) -> str:
    if not settings.EMAIL_FROM:
        return _("No e-mail is sent before end dates: EMAIL_URL is not set.")
    text = _(
        "E-mails before end dates: %(waiting)s to be tried again; "
        "of the last seven days, %(failed)s not sent and %(unclear)s unclear."
    )
    return text % {"waiting": counts.waiting, "failed": counts.failed, "unclear": counts.unclear}


def _checkpoints(undelivered: Undelivered) -> str:
    if not undelivered.count and settings.AUDIT_CHECKPOINTS:
        return _("Checkpoints are delivered to AUDIT_CHECKPOINTS; none is waiting.")
    if not undelivered.count:
        return _("Checkpoints stay in the database: AUDIT_CHECKPOINTS is not set.")
    text = _("Checkpoints waiting for delivery to AUDIT_CHECKPOINTS: %(count)s, the oldest since %(at)s.")
    waiting = text % {"count": undelivered.count, "at": _time(undelivered.since)}
    return f"{waiting} {_delivery_problem(undelivered)}".strip()


def _delivery_problem(undelivered: Undelivered) -> str:
    if not settings.AUDIT_CHECKPOINTS:
        return _("AUDIT_CHECKPOINTS is not set.")
    if undelivered.problem:
        return _("The last attempt failed: %(problem)s.") % {"problem": problems.shown(undelivered.problem)}
    return ""


def _time(at: datetime | None) -> str:
    return moment(at) if at else "?"
