"""What each type of event says: one sentence a type, registered with its presenter."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from invites.audit.catalogue import EventType
from invites.audit.presenters import EventPresenter, presents

UNCHECKED = "unchecked"  # the outcome where nothing is known about the assignees


@presents(EventType.SIGNED_IN)
def signed_in(event: EventPresenter) -> str:
    role = event.label("pending_role")
    if role:
        text = _("%(actor)s signed in; the desk role %(role)s set for their address waits for confirmation.")
        return text % {"actor": event.actor, "role": role}
    return _("%(actor)s signed in.") % {"actor": event.actor}


@presents(EventType.SIGNED_OUT)
def signed_out(event: EventPresenter) -> str:
    return _("%(actor)s signed out.") % {"actor": event.actor}


@presents(EventType.SIGN_IN_REFUSED)
def sign_in_refused(event: EventPresenter) -> str:
    text = _("Sign-in refused for %(person)s (%(reason)s).")
    return text % {"person": event.refused, "reason": event.label("reason", "sign-in refusal") or "?"}


@presents(EventType.SESSION_EXPIRED)
def session_expired(event: EventPresenter) -> str:
    return _("awork ended the session of %(actor)s.") % {"actor": event.actor}


@presents(EventType.INVITATION_REQUESTED)
def invitation_requested(event: EventPresenter) -> str:
    attempt = event.event.details.get("attempt")
    if not isinstance(attempt, int):
        return _("%(actor)s asked to invite %(guest)s to %(task)s as %(role)s.") % event.invitation
    text = _("%(actor)s retried the invitation of %(guest)s to %(task)s as %(role)s (attempt %(attempt)s).")
    return text % {**event.invitation, "attempt": attempt}


@presents(EventType.INVITATION_SENT)
def invitation_sent(event: EventPresenter) -> str:
    text = _("%(actor)s invited %(guest)s to %(task)s as %(role)s. awork confirmed it.")
    return text % event.invitation


@presents(EventType.INVITATION_REFUSED)
def invitation_refused(event: EventPresenter) -> str:
    text = _("awork refused to invite %(guest)s to %(task)s for %(actor)s: %(reason)s")
    return text % event.invitation


@presents(EventType.INVITATION_NOT_SENT)
def invitation_not_sent(event: EventPresenter) -> str:
    text = _("The invitation of %(guest)s to %(task)s by %(actor)s was not sent: %(reason)s")
    return text % event.invitation


@presents(EventType.INVITATION_UNCLEAR)
def invitation_unclear(event: EventPresenter) -> str:
    text = _("It's unclear whether awork invited %(guest)s to %(task)s for %(actor)s: %(reason)s")
    return text % event.invitation


@presents(EventType.INVITATION_CHECKED)
def invitation_checked(event: EventPresenter) -> str:
    text = _(
        "%(actor)s checked with awork whether %(guest)s was invited to %(task)s. "
        "It's still unclear: %(reason)s"
    )
    return text % event.invitation


@presents(EventType.INVITATION_SETTLED)
def invitation_settled(event: EventPresenter) -> str:
    text = _("The invitation of %(guest)s to %(task)s turned out to be: %(outcome)s (%(proof)s).")
    if event.asked_awork:
        text = _(
            "%(actor)s checked with awork. "
            "The invitation of %(guest)s to %(task)s turned out to be: %(outcome)s (%(proof)s)."
        )
    return text % {**event.invitation, "outcome": event.outcome, "proof": event.proof}


@presents(EventType.INVITATION_DISMISSED)
def invitation_dismissed(event: EventPresenter) -> str:
    return _("%(actor)s dismissed the invitation of %(guest)s to %(task)s.") % event.invitation


@presents(EventType.ASSIGNEES_KEPT)
def assignees_kept(event: EventPresenter) -> str:
    return _("Everyone who was assigned to %(task)s stayed assigned.") % event.invitation


@presents(EventType.ASSIGNEES_RESTORED)
def assignees_restored(event: EventPresenter) -> str:
    if event.event.details.get("ending"):
        text = ngettext(
            "%(assignees)s was reassigned to %(task)s after %(guest)s was unassigned.",
            "%(assignees)s were reassigned to %(task)s after %(guest)s was unassigned.",
            event.assignee_count,
        )
        return text % event.invitation
    text = ngettext(
        "%(assignees)s was reassigned to %(task)s after the invitation of %(guest)s.",
        "%(assignees)s were reassigned to %(task)s after the invitation of %(guest)s.",
        event.assignee_count,
    )
    return text % event.invitation


@presents(EventType.ASSIGNEES_NOT_RESTORED)
def assignees_not_restored(event: EventPresenter) -> str:
    text = _("%(assignees)s could not be reassigned to %(task)s after the invitation of %(guest)s.")
    if event.event.outcome == UNCHECKED:
        text = _("We couldn't check who was still assigned to %(task)s after the invitation of %(guest)s.")
    elif event.event.details.get("ending"):
        text = _("%(assignees)s could not be reassigned to %(task)s after %(guest)s was unassigned.")
    return text % event.invitation


@presents(EventType.ASSIGNEES_RELEASED)
def assignees_released(event: EventPresenter) -> str:
    text = ngettext(
        "%(assignees)s was unassigned from %(task)s by the invitation of %(guest)s.",
        "%(assignees)s were unassigned from %(task)s by the invitation of %(guest)s.",
        event.assignee_count,
    )
    return text % event.invitation


@presents(EventType.ASSIGNEES_REPLACED)
def assignees_replaced(event: EventPresenter) -> str:
    text = _("%(guest)s replaced %(assignees)s on %(task)s, which can have one assignee only.")
    return text % event.invitation


@presents(EventType.GUEST_ASSIGNMENT_REQUESTED)
def guest_assignment_requested(event: EventPresenter) -> str:
    return _("%(actor)s asked to assign %(guest)s to %(task)s.") % event.invitation


@presents(EventType.GUEST_ASSIGNED)
def guest_assigned(event: EventPresenter) -> str:
    return _("%(actor)s assigned %(guest)s to %(task)s.") % event.invitation


@presents(EventType.GUEST_NOT_ASSIGNED)
def guest_not_assigned(event: EventPresenter) -> str:
    text = _("%(guest)s was not assigned to %(task)s for %(actor)s (%(reason)s).")
    return text % {**event.invitation, "reason": event.reason}


@presents(EventType.GUEST_ASSIGNMENT_UNCLEAR)
def guest_assignment_unclear(event: EventPresenter) -> str:
    return _("Whether %(guest)s was assigned to %(task)s for %(actor)s is unclear.") % event.invitation


@presents(EventType.GUEST_PENDING)
def guest_pending(event: EventPresenter) -> str:
    return _("%(guest)s has not accepted the invitation to awork yet.") % event.invitation


@presents(EventType.GUEST_JOINED)
def guest_joined(event: EventPresenter) -> str:
    return _("%(guest)s has joined awork.") % event.invitation


@presents(EventType.GUEST_ENDED)
def guest_ended(event: EventPresenter) -> str:
    return _("%(guest)s was deactivated or archived in awork.") % event.invitation


@presents(EventType.GUEST_MOVED)
def guest_moved(event: EventPresenter) -> str:
    return _("%(guest)s was moved to awork Connect.") % event.invitation


@presents(EventType.GUEST_GONE)
def guest_gone(event: EventPresenter) -> str:
    return _("%(guest)s is no longer in the workspace.") % event.invitation


@presents(EventType.GUEST_HANDED_OVER)
def guest_handed_over(event: EventPresenter) -> str:
    text = _("%(actor)s made %(sponsor)s the sponsor of %(guest)s.")
    return text % {**event.invitation, "sponsor": event.member}


@presents(EventType.GUEST_END_DATE_SET)
def guest_end_date_set(event: EventPresenter) -> str:
    text = _("%(actor)s set the end date of %(guest)s to %(day)s.")
    if event.day("previous"):
        text = _("%(actor)s moved the end date of %(guest)s from %(previous)s to %(day)s.")
    days = {"day": event.day("ends_on") or "?", "previous": event.day("previous")}
    return text % {**event.invitation, **days}


@presents(EventType.GUEST_END_DATE_REMOVED)
def guest_end_date_removed(event: EventPresenter) -> str:
    text = _("%(actor)s removed the end date of %(guest)s, which was %(day)s.")
    return text % {**event.invitation, "day": event.day("previous") or "?"}


@presents(EventType.GUEST_END_WARNED)
def guest_end_warned(event: EventPresenter) -> str:
    text = _("%(actor)s warned %(people)s that the last day of access of %(guest)s is %(day)s.")
    facts = {"day": event.day("ends_on") or "?", "people": event.member}
    return text % {**event.invitation, **facts}


@presents(EventType.GUEST_END_DATE_PASSED)
def guest_end_date_passed(event: EventPresenter) -> str:
    texts = {
        "asked": _("The last day of access of %(guest)s, %(day)s, has passed. The sponsor has to decide."),
        "waiting": _(
            "The last day of access of %(guest)s, %(day)s, has passed. "
            "Ending it waits for an administrator, as nobody's access to awork can be used."
        ),
    }
    ends = _("The last day of access of %(guest)s, %(day)s, has passed. %(actor)s ends the access.")
    text = texts.get(event.event.outcome, ends)
    return text % {**event.invitation, "day": event.day("ends_on") or "?"}


@presents(EventType.GUESTS_EXPORTED)
def guests_exported(event: EventPresenter) -> str:
    rows = event.number("rows")
    text = ngettext("%(actor)s exported %(rows)s guest.", "%(actor)s exported %(rows)s guests.", rows)
    return text % {"actor": event.actor, "rows": number_format(rows, force_grouping=True)}


@presents(EventType.REVIEW_STARTED)
def review_started(event: EventPresenter) -> str:
    count = event.number("guests")
    text = ngettext(
        "%(actor)s started a review of %(count)s guest.",
        "%(actor)s started a review of %(count)s guests.",
        count,
    )
    return text % {"actor": event.actor, "count": number_format(count, force_grouping=True)}


@presents(EventType.GUEST_REVIEWED)
def guest_reviewed(event: EventPresenter) -> str:
    text = _("%(actor)s confirmed in a review that %(guest)s is still needed.")
    if event.event.outcome == "ended":
        text = _("%(actor)s decided in a review to end the access of %(guest)s.")
    elif event.event.outcome == "lapsed":
        text = _("Nobody answered in a review whether %(guest)s is still needed, so the access ends.")
    return text % event.invitation


@presents(EventType.REVIEW_CLOSED)
def review_closed(event: EventPresenter) -> str:
    text = _(
        "%(actor)s closed a review of guests: %(confirmed)s confirmed, %(ended)s ended, "
        "%(unanswered)s without an answer."
    )
    if event.event.outcome == "called-off":
        text = _(
            "%(actor)s called off a review of guests: %(confirmed)s confirmed, %(ended)s ended, "
            "%(unanswered)s without an answer."
        )
    names = ("confirmed", "ended", "unanswered")
    counts = {name: number_format(event.number(name), force_grouping=True) for name in names}
    return text % {"actor": event.actor, **counts}


@presents(EventType.REVIEW_EXPORTED)
def review_exported(event: EventPresenter) -> str:
    rows = event.number("rows")
    text = ngettext(
        "%(actor)s exported the report of a review: %(rows)s guest.",
        "%(actor)s exported the report of a review: %(rows)s guests.",
        rows,
    )
    return text % {"actor": event.actor, "rows": number_format(rows, force_grouping=True)}


@presents(EventType.BATCH_STARTED)
def batch_started(event: EventPresenter) -> str:
    count = event.number("lines")
    text = ngettext(
        "%(actor)s started a batch of %(count)s invitation.",
        "%(actor)s started a batch of %(count)s invitations.",
        count,
    )
    return text % {"actor": event.actor, "count": number_format(count, force_grouping=True)}


@presents(EventType.BATCH_PAUSED)
def batch_paused(event: EventPresenter) -> str:
    if event.event.details.get("reason"):
        text = _("The desk paused a batch of %(actor)s: %(reason)s")
        return text % {"actor": event.actor, "reason": event.reason_sentence("pause reason")}
    return _("%(actor)s paused a batch.") % {"actor": event.actor}


@presents(EventType.BATCH_RESUMED)
def batch_resumed(event: EventPresenter) -> str:
    count = event.number("lines")
    if not count:
        return _("%(actor)s resumed a batch.") % {"actor": event.actor}
    text = ngettext(
        "%(actor)s retried %(count)s invitation of a batch.",
        "%(actor)s retried %(count)s invitations of a batch.",
        count,
    )
    return text % {"actor": event.actor, "count": number_format(count, force_grouping=True)}


@presents(EventType.BATCH_STOPPED)
def batch_stopped(event: EventPresenter) -> str:
    return _("%(actor)s stopped a batch.") % {"actor": event.actor}


@presents(EventType.BATCH_FINISHED)
def batch_finished(event: EventPresenter) -> str:
    return _("A batch of %(actor)s was finished.") % {"actor": event.actor}


@presents(EventType.ATTEMPT_REFUSED)
def attempt_refused(event: EventPresenter) -> str:
    facts = {"actor": event.actor, "rule": event.label("rule")}
    more = event.event.details.get("more")
    if not isinstance(more, int):
        return _("The portal refused %(actor)s: %(rule)s.") % facts
    text = ngettext(
        "The portal refused %(actor)s %(count)s more time within a minute: %(rule)s.",
        "The portal refused %(actor)s %(count)s more times within a minute: %(rule)s.",
        more,
    )
    return text % {**facts, "count": number_format(more, force_grouping=True)}


@presents(EventType.ROLE_CHANGED)
def role_changed(event: EventPresenter) -> str:
    text = _("%(actor)s changed the role of %(member)s: %(before)s → %(after)s.")
    change = {name: event.label(name) or _("none") for name in ("before", "after")}
    return text % {"actor": event.actor, "member": event.member, **change}


@presents(EventType.ROLE_CONFIRMED)
def role_confirmed(event: EventPresenter) -> str:
    text = _("%(actor)s confirmed the desk role of %(member)s: %(before)s → %(after)s.")
    change = {name: event.label(name) or _("none") for name in ("before", "after")}
    return text % {"actor": event.actor, "member": event.member, **change}


@presents(EventType.ROLE_REJECTED)
def role_rejected(event: EventPresenter) -> str:
    text = _("%(actor)s rejected the desk role %(role)s for %(member)s.")
    role = event.label("after") or _("none")
    return text % {"actor": event.actor, "member": event.member, "role": role}


@presents(EventType.SETTINGS_CHANGED)
def settings_changed(event: EventPresenter) -> str:
    number = event.event.details.get("policy")
    if number:
        text = _("%(actor)s saved version %(number)s of the policy.")
        return text % {"actor": event.actor, "number": number}
    return _("%(actor)s changed settings.") % {"actor": event.actor}


@presents(EventType.EXPORTED)
def exported(event: EventPresenter) -> str:
    rows = event.event.details.get("rows", "")
    return _("%(actor)s exported the log: %(rows)s events.") % {"actor": event.actor, "rows": rows}


@presents(EventType.INVITATIONS_EXPORTED)
def invitations_exported(event: EventPresenter) -> str:
    rows = event.event.details.get("rows")
    rows = rows if isinstance(rows, int) else 0
    text = ngettext(
        "%(actor)s exported %(rows)s invitation.", "%(actor)s exported %(rows)s invitations.", rows
    )
    return text % {"actor": event.actor, "rows": number_format(rows, force_grouping=True)}


@presents(EventType.VERIFIED)
def verified(event: EventPresenter) -> str:
    details = event.event.details
    if event.event.outcome == "whole":
        text = _("%(actor)s verified the log up to event %(number)s: nothing was changed or removed.")
        return text % {"actor": event.actor, "number": details.get("events", "?")}
    text = _("%(actor)s verified the log: it is broken at event %(number)s.")
    return text % {"actor": event.actor, "number": details.get("sequence", "?")}


@presents(EventType.ERASED)
def erased(event: EventPresenter) -> str:
    pseudonym = event.event.details.get("pseudonym", "")
    text = _("%(actor)s erased the personal data of %(pseudonym)s.")
    return text % {"actor": event.actor, "pseudonym": pseudonym}


@presents(EventType.RESTORED)
def restored(event: EventPresenter) -> str:
    before, after = event.number("last_before"), event.number("last_after")
    text = _("%(actor)s restored a backup that ends with event %(after)s. No later event is known.")
    if before > after:
        text = _("%(actor)s restored a backup. Events %(first)s to %(before)s were lost.")
    numbers = {"after": after, "first": after + 1, "before": before}
    shown = {name: number_format(one, force_grouping=True) for name, one in numbers.items()}
    return text % {"actor": event.actor, **shown}


@presents(EventType.FEED_KEY_CREATED)
def feed_key_created(event: EventPresenter) -> str:
    text = _("%(actor)s created a key for the feed “%(feed)s”.")
    return text % {"actor": event.actor, "feed": event.label("feed")}


@presents(EventType.FEED_KEY_REVOKED)
def feed_key_revoked(event: EventPresenter) -> str:
    text = _("%(actor)s revoked their key for the feed “%(feed)s”.")
    return text % {"actor": event.actor, "feed": event.label("feed")}


@presents(EventType.FEED_READ)
def feed_read(event: EventPresenter) -> str:
    text = _("The feed “%(feed)s” of %(actor)s was read for the first time on this day (UTC).")
    return text % {"actor": event.actor, "feed": event.label("feed")}


@presents(EventType.API_TOKEN_CREATED)
def api_token_created(event: EventPresenter) -> str:
    text = _("%(actor)s created an API token for %(purpose)s.")
    return text % {"actor": event.actor, "purpose": event.event.details.get("purpose") or "?"}


@presents(EventType.API_TOKEN_REVOKED)
def api_token_revoked(event: EventPresenter) -> str:
    text = _("%(actor)s revoked the API token for %(purpose)s.")
    return text % {"actor": event.actor, "purpose": event.event.details.get("purpose") or "?"}


@presents(EventType.LOG_READ)
def log_read(event: EventPresenter) -> str:
    return _("%(actor)s read the log for the first time on this day (UTC).") % {"actor": event.actor}


@presents(EventType.KEY_ROTATED)
def key_rotated(event: EventPresenter) -> str:
    number = event.event.sequence - 1
    text = _("%(actor)s replaced the key that signs checkpoints. The old key signed up to event %(number)s.")
    if not number:
        text = _("%(actor)s replaced the key that signs checkpoints, before the first event.")
    return text % {"actor": event.actor, "number": number_format(number, force_grouping=True)}


@presents(EventType.WEBHOOK_ADDED)
def webhook_added(event: EventPresenter) -> str:
    text = _("%(actor)s added a webhook for %(purpose)s, which sends the log to %(receiver)s.")
    return text % {"actor": event.actor, **_webhook(event)}


@presents(EventType.WEBHOOK_CHANGED)
def webhook_changed(event: EventPresenter) -> str:
    texts = {
        "on": _("%(actor)s turned on the webhook for %(purpose)s."),
        "off": _("%(actor)s turned off the webhook for %(purpose)s."),
        "retried": _("%(actor)s retried the webhook for %(purpose)s."),
    }
    text = texts.get(event.event.outcome, _("%(actor)s changed the webhook for %(purpose)s."))
    return text % {"actor": event.actor, **_webhook(event)}


@presents(EventType.WEBHOOK_REMOVED)
def webhook_removed(event: EventPresenter) -> str:
    text = _("%(actor)s removed the webhook for %(purpose)s.")
    return text % {"actor": event.actor, **_webhook(event)}


@presents(EventType.WEBHOOK_PARKED)
def webhook_parked(event: EventPresenter) -> str:
    text = _("The webhook for %(purpose)s is parked at event %(number)s: it can't be delivered.")
    number = number_format(event.number("parked_at"), force_grouping=True)
    return text % {**_webhook(event), "number": number}


def _webhook(event: EventPresenter) -> dict[str, str]:
    return {name: str(event.event.details.get(name) or "?") for name in ("purpose", "receiver")}


@presents(EventType.AWORK_UPDATES)
def awork_updates(event: EventPresenter) -> str:
    connects = {
        "requested": _("%(actor)s asked awork to send updates about users."),
        "done": _("%(actor)s connected updates from awork."),
        "refused": _("awork refused to send updates about users, which %(actor)s asked for."),
        "not done": _("awork was not reached when %(actor)s connected its updates."),
    }
    disconnects = {
        "requested": _("%(actor)s asked awork to send no more updates about users."),
        "done": _("%(actor)s disconnected updates from awork."),
        "refused": _("awork refused to end its updates about users, which %(actor)s asked for."),
        "not done": _("awork was not reached when %(actor)s disconnected its updates."),
    }
    texts = disconnects if event.event.details.get("action") == "disconnect" else connects
    unclear = _("It is unclear whether awork changed its updates about users, as %(actor)s asked.")
    return texts.get(event.event.outcome, unclear) % {"actor": event.actor}


@presents(EventType.COMMENT_REQUESTED)
def comment_requested(event: EventPresenter) -> str:
    text = _("%(actor)s wants a comment about %(guest)s on %(task)s, once the invitation is sent.")
    return text % event.invitation


@presents(EventType.COMMENT_POSTED)
def comment_posted(event: EventPresenter) -> str:
    if event.event.details.get("evidence"):
        return _("The comment about %(guest)s is on %(task)s: %(proof)s.") % {
            **event.invitation,
            "proof": event.proof,
        }
    return _("%(actor)s commented on %(task)s about %(guest)s. awork confirmed it.") % event.invitation


@presents(EventType.COMMENT_NOT_POSTED)
def comment_not_posted(event: EventPresenter) -> str:
    if event.event.outcome == "refused":
        return _("awork refused the comment about %(guest)s on %(task)s.") % event.invitation
    return _("The comment about %(guest)s was not posted on %(task)s.") % event.invitation


@presents(EventType.COMMENT_UNCLEAR)
def comment_unclear(event: EventPresenter) -> str:
    return _("It's unclear whether awork posted the comment about %(guest)s on %(task)s.") % event.invitation
