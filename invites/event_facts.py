"""What the audit log's pages show and link of invitations and policies: the log itself knows neither."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from invites.audit.facts import Fact, link, register_facts, register_link
from invites.audit.presenters import EventPresenter, register_labels
from invites.endings import sentences as endings
from invites.lookup.tasks import task_url
from invites.messages import MESSAGES, PAUSE_REASONS
from invites.models import (
    AssigneesState,
    Decision,
    EndState,
    Feed,
    GuestState,
    ReviewState,
    State,
    Unanswered,
)
from invites.policy.describe import RULE_LABELS, PartChange
from invites.policy.versions import recorded_changes

DECIDED = (Decision.CONFIRMED, Decision.ENDED, Decision.LAPSED)


def register() -> None:
    """Give the log labels, links and changes."""
    endings.register()
    register_labels("rule", RULE_LABELS)
    register_labels("outcome", dict(State.choices) | dict(AssigneesState.choices) | dict(GuestState.choices))
    register_labels("outcome", {one.value: one.label for one in (EndState.ASKED, EndState.STARTED)})
    register_labels("pause reason", PAUSE_REASONS)
    register_labels("reason text", {reason: message.text for reason, message in MESSAGES.items()})
    register_link("policy", lambda number: reverse("policy-version", args=[number]))
    register_link("invitation", lambda invitation: reverse("invitation", args=[invitation]))
    register_labels("outcome", dict(ReviewState.choices) | {one.value: one.label for one in DECIDED})
    register_labels("unanswered", dict(Unanswered.choices))
    register_labels("feed", dict(Feed.choices))
    register_link("review", lambda review: reverse("review", args=[review]))
    register_link("batch", lambda batch: reverse("batch", args=[batch]))
    register_link("task", task_url)
    register_facts("policy", _policy)
    register_facts("batch", _batch)
    register_facts("review", _review)
    register_facts("before", lambda row: [])  # `after` shows both
    register_facts("after", _changes)


def _policy(row: EventPresenter) -> Iterator[Fact]:
    number = row.event.details["policy"]
    if number:
        yield Fact(_("Policy"), _("Version %(number)s") % {"number": number}, link("policy", number))
    else:
        yield Fact(_("Policy"), _("none saved at that time"))


def _batch(row: EventPresenter) -> Iterator[Fact]:
    yield Fact(_("Batch"), _("View batch"), link("batch", row.event.details["batch"]))


def _review(row: EventPresenter) -> Iterator[Fact]:
    yield Fact(_("Review"), _("View review"), link("review", row.event.details["review"]))


def _changes(row: EventPresenter) -> Iterator[Fact]:
    """The desk role, or the parts of the policy, before and after."""
    before, after = row.event.details.get("before"), row.event.details.get("after")
    if isinstance(before, dict) and isinstance(after, dict):
        for change in recorded_changes(row.event.workspace, row.event.details):
            yield Fact(change.label, _sentence(change))
    else:
        roles = [row.label(name) or _("none") for name in ("before", "after")]
        yield Fact(_("Desk role"), " → ".join(roles))


def _sentence(change: PartChange) -> str:
    """As on the policy's page: what was removed and added, or what it means that nothing is left."""
    before = change.before or ", ".join(change.removed)
    after = change.empty or ", ".join(change.added)
    if before and after:
        return f"{before} → {after}"
    return _("added: %(lines)s") % {"lines": after} if after else _("removed: %(lines)s") % {"lines": before}
