"""Events in words: one sentence for each type, here and nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from invites.audit.catalogue import Access, EventType, Evidence, PortalRule
from invites.audit.models import Event, Person, people_of
from portal.actor import PORTAL_WORKSPACE
from portal.signals import SignInRefusal

SENTENCES: dict[str, Promise] = {
    EventType.SIGNED_IN: gettext_lazy("%(actor)s signed in."),
    EventType.SIGNED_OUT: gettext_lazy("%(actor)s signed out."),
    EventType.SIGN_IN_REFUSED: gettext_lazy("%(refused)s was not let in (%(refusal)s)."),
    EventType.SESSION_EXPIRED: gettext_lazy("awork ended the session of %(actor)s."),
    EventType.INVITATION_REQUESTED: gettext_lazy("%(actor)s asked to invite %(guest)s to %(task)s."),
    EventType.INVITATION_SENT: gettext_lazy("%(actor)s invited %(guest)s to %(task)s as %(role)s."),
    EventType.INVITATION_REFUSED: gettext_lazy(
        "awork refused to invite %(guest)s to %(task)s for %(actor)s (%(reason)s)."
    ),
    EventType.INVITATION_NOT_SENT: gettext_lazy(
        "The invitation of %(guest)s to %(task)s by %(actor)s was not sent (%(reason)s)."
    ),
    EventType.INVITATION_UNCLEAR: gettext_lazy(
        "Whether awork invited %(guest)s to %(task)s for %(actor)s is unclear."
    ),
    EventType.INVITATION_SETTLED: gettext_lazy(
        "The invitation of %(guest)s to %(task)s turned out to be: %(outcome)s (%(proof)s)."
    ),
    EventType.ASSIGNEES_KEPT: gettext_lazy(
        "Everybody stayed assigned to %(task)s when %(guest)s was invited."
    ),
    EventType.ASSIGNEES_RESTORED: gettext_lazy("%(team)s put back on %(task)s after %(guest)s was invited."),
    EventType.ASSIGNEES_NOT_RESTORED: gettext_lazy(
        "The team of %(task)s could not be put back after %(guest)s was invited: %(team)s."
    ),
    EventType.ASSIGNEES_RELEASED: gettext_lazy("%(team)s left off %(task)s when %(guest)s was invited."),
    EventType.ATTEMPT_REFUSED: gettext_lazy("The portal refused %(actor)s: %(rule)s."),
    EventType.ROLE_CHANGED: gettext_lazy("%(actor)s changed the role of %(member)s: %(before)s → %(after)s."),
    EventType.SETTINGS_CHANGED: gettext_lazy("%(actor)s changed settings: %(settings)s."),
    EventType.EXPORTED: gettext_lazy("%(actor)s exported the log: %(rows)s events."),
    EventType.VERIFIED: gettext_lazy("%(actor)s verified the log: %(outcome)s."),
    EventType.ERASED: gettext_lazy("%(actor)s erased the personal data of %(pseudonym)s."),
}
# Of another version of the portal, or written by somebody else: the rest of the log can still be read.
UNKNOWN = gettext_lazy("%(actor)s did something that this portal does not know (%(type)s).")


REFUSALS: dict[str, Promise] = {
    SignInRefusal.WORKSPACE: gettext_lazy("a member of another workspace"),
    SignInRefusal.GUEST: gettext_lazy("a guest of the workspace"),
    SignInRefusal.BLOCKED: gettext_lazy("blocked"),
    SignInRefusal.DEACTIVATED: gettext_lazy("the account is deactivated"),
    SignInRefusal.DENIED: gettext_lazy("access was not given"),
    SignInRefusal.STATE: gettext_lazy("the sign-in was begun elsewhere, or was too old"),
    SignInRefusal.UNREACHABLE: gettext_lazy("awork could not be reached"),
    SignInRefusal.NONSENSE: gettext_lazy("awork's answer made no sense"),
}
# The words for values in an event's details, by the name that they have there.
LABELS: dict[str, dict[str, str | Promise]] = {}


def register_labels(name: str, labels: Mapping[Any, Any]) -> None:
    """Show values of `details[name]` by these labels; a name can be registered several times."""
    LABELS.setdefault(name, {}).update((str(value), label) for value, label in labels.items())


register_labels("rule", dict(PortalRule.choices))
register_labels("evidence", dict(Evidence.choices))
register_labels("access", dict(Access.choices))


@dataclass(frozen=True)
class EventPresenter:
    """An event as a page shows it; `people` are those who have not been erased."""

    event: Event
    people: list[Person]

    @property
    def sentence(self) -> str:
        """What happened."""
        return str(SENTENCES.get(self.event.type, UNKNOWN)) % self.words

    @property
    def words(self) -> dict[str, str]:
        """What the sentences are filled with."""
        details = self.event.details
        return {
            "type": self.event.type,
            "actor": self.event.actor_name or self.event.actor_email or _("Somebody unknown"),
            "guest": self._named(Person.Kind.GUEST) or self._no_guest(),
            "refused": self._named(Person.Kind.REFUSED) or _("Somebody"),
            "member": self._named(Person.Kind.MEMBER) or _("an erased person"),
            "before": spaced(details.get("before")) or _("none"),
            "after": spaced(details.get("after")) or _("none"),
            "team": self._named(Person.Kind.TEAM) or _("Nobody"),
            "task": f"{self.event.task_key} {self.event.task_name}".strip() or _("a task"),
            "role": self.event.role_name or _("an unknown role"),
            "refusal": str(REFUSALS.get(details.get("reason"), spaced(details.get("reason")) or "?")),
            "reason": spaced(details.get("reason")) or spaced((self.event.exchange or {}).get("code")) or "?",
            "outcome": spaced(self.event.outcome),
            "proof": self._proof(),
            "rule": self._label("rule"),
            "settings": self._settings(),
            "rows": str(details.get("rows", "")),
            "pseudonym": str(details.get("pseudonym", "")),
        }

    @property
    def ip_address(self) -> str:
        """Where the request came from; of somebody refused it stands beside the event."""
        return self.event.ip_address or next(
            (person.ip_address for person in self.people if person.ip_address), ""
        )

    @property
    def erased(self) -> int:
        """How many people the event named who have been erased since."""
        return len(self.event.people) - len(self.people)

    def _named(self, kind: Person.Kind) -> str:
        names = [person.name for person in self.people if person.kind == kind]
        return get_text_list(names, pgettext("Ada and Paul", "and"))

    def _proof(self) -> str:
        """The evidence, and whose access showed it."""
        return ", ".join(filter(None, [self._label("evidence"), self._label("access")]))

    def _label(self, name: str) -> str:
        """The label registered for this value of the details, else the value itself."""
        value = self.event.details.get(name)
        return str(LABELS.get(name, {}).get(value, spaced(value)))

    def _settings(self) -> str:
        number = self.event.details.get("policy")
        return _("version %(number)s of the policy") % {"number": number} if number else _("not named")

    def _no_guest(self) -> str:
        return _("an erased person") if self.erased else _("a guest")


def present(events: list[Event]) -> list[EventPresenter]:
    """Events with the people whom they name."""
    people = people_of(events)
    return [EventPresenter(event, people[event.id]) for event in events]


def last_verification(workspace: UUID) -> EventPresenter | None:
    """The last verification, for the badge of the log's page, which shows the portal's own chain as well."""
    own, portal = _verified(workspace), _verified(PORTAL_WORKSPACE)
    return next((one for one in (own, portal) if one and one.event.outcome != "whole"), own)


def _verified(workspace: UUID) -> EventPresenter | None:
    verified = Event.objects.filter(workspace=workspace, type=EventType.VERIFIED)
    found = verified.order_by("-at", "-id").first()
    return present([found])[0] if found else None


def spaced(word: Any) -> str:
    """A code such as `not-a-member` in words."""
    return str(word or "").replace("_", " ").replace("-", " ")
