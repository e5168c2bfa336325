"""Events as pages show them; `sentences` registers a sentence for each type."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, pgettext

from invites.audit.catalogue import Access, EventType, Evidence, PortalRule
from invites.audit.models import Event, Person, people_of
from portal.signals import SignInRefusal

# Written by another version of the portal, or by someone else: the rest of the log stays readable.
SOMEONE = gettext_noop("Someone unknown")
UNKNOWN = gettext_lazy("%(actor)s did something unknown to this portal (%(type)s).")
SIGN_IN_REFUSALS = {
    SignInRefusal.IDENTITY: gettext_lazy("awork's response was about another person"),
    SignInRefusal.WORKSPACE: gettext_lazy("a member of another workspace"),
    SignInRefusal.GUEST: gettext_lazy("a guest of the workspace"),
    SignInRefusal.BLOCKED: gettext_lazy("blocked"),
    SignInRefusal.DEACTIVATED: gettext_lazy("the account is deactivated"),
    SignInRefusal.DENIED: gettext_lazy("access was denied"),
    SignInRefusal.STATE: gettext_lazy("the sign-in started elsewhere or was too old"),
    SignInRefusal.UNREACHABLE: gettext_lazy("awork could not be reached"),
    SignInRefusal.NONSENSE: gettext_lazy("awork's answer was invalid"),
    SignInRefusal.CREDENTIALS: gettext_lazy("the portal's credentials at awork are wrong"),
}
# Labels for values in an event's details, by their name there.
LABELS: dict[str, dict[str, str | Promise]] = {}


def register_labels(name: str, labels: Mapping[Any, Any]) -> None:
    """Show values of `details[name]` by these labels; a name can be registered several times."""
    LABELS.setdefault(name, {}).update((str(value), label) for value, label in labels.items())


register_labels("rule", dict(PortalRule.choices))
register_labels("evidence", dict(Evidence.choices))
register_labels("access", dict(Access.choices))
register_labels("sign-in refusal", SIGN_IN_REFUSALS)


@dataclass(frozen=True)
class EventPresenter:
    """An event as a page shows it, with its people who have not been erased."""

    event: Event
    people: list[Person]

    @property
    def sentence(self) -> str:
        """What happened."""
        present = SENTENCES.get(self.event.type)
        return present(self) if present else UNKNOWN % {"actor": self.actor, "type": self.event.type}

    @property
    def actor(self) -> str:
        """Who did it."""
        name = self.event.actor_name or self.event.actor_email or SOMEONE
        return name if self.event.actor_id else _(name)  # the desk itself is recorded in English

    @property
    def invitation(self) -> dict[str, str]:
        """What the sentences on invitations name."""
        return {
            "actor": self.actor,
            "guest": self._named(Person.Kind.GUEST)
            or (_("an erased person") if self.erased else _("a guest")),
            "task": f"{self.event.task_key} {self.event.task_name}".strip() or _("a task"),
            "role": self.event.role_name or _("an unknown role"),
            "assignees": self._named(Person.Kind.TEAM)
            or (_("An erased person") if self.erased else _("No one")),
            "reason": self.reason_text,
        }

    @property
    def assignee_count(self) -> int:
        """How many assignees the event names."""
        return sum(person.kind == Person.Kind.TEAM for person in self.people) or 1

    @property
    def refused(self) -> str:
        """Whose sign-in was refused."""
        return self._named(Person.Kind.REFUSED) or _("someone")

    @property
    def member(self) -> str:
        """Whose desk role was changed, or who became a sponsor."""
        return self._named(Person.Kind.MEMBER) or _("an erased person")

    @property
    def reason(self) -> str:
        """Why nothing was sent: our reason, or awork's code."""
        return self.label("reason") or spaced((self.event.exchange or {}).get("code")) or "?"

    @property
    def reason_text(self) -> str:
        """The same as a sentence."""
        return self.reason_sentence("reason text")

    def reason_sentence(self, labels: str) -> str:
        """The reason as a sentence by these labels, else by awork's code."""
        text = self.label("reason", labels) or spaced((self.event.exchange or {}).get("code"))
        return f"{text.rstrip('.')}." if text else _("no reason is known.")

    @property
    def proof(self) -> str:
        """What settled an invitation, and whose access showed it."""
        return ", ".join(filter(None, [self.label("evidence"), self.label("access")]))

    @property
    def asked_awork(self) -> bool:
        """Whether what settled an invitation was found in awork."""
        return self.event.details.get("evidence") not in {Evidence.NOT_ASKED, Evidence.ANSWER}

    @property
    def outcome(self) -> str:
        """The outcome as words."""
        return spaced(self.event.outcome)

    @property
    def outcome_label(self) -> str:
        """The outcome as its own page shows it."""
        return str(LABELS.get("outcome", {}).get(self.event.outcome, self.outcome))

    def number(self, name: str) -> int:
        """The count `name` of the details; 0 where it has none."""
        value = self.event.details.get(name)
        return value if isinstance(value, int) else 0

    def day(self, name: str) -> str:
        """The day `name` of the details as people read it; "" where it has none."""
        try:
            return date_format(date.fromisoformat(str(self.event.details.get(name) or "")), "DATE_FORMAT")
        except ValueError:
            return ""

    def label(self, name: str, labels: str = "") -> str:
        """The value `name` of the details by its registered label (of `labels`), else as words."""
        value = spaced(self.event.details.get(name))
        return str(LABELS.get(labels or name, {}).get(str(self.event.details.get(name)), value))

    @property
    def ip_address(self) -> str:
        """Where the request came from; a refused sign-in stores it with the person."""
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


Sentence = Callable[[EventPresenter], str]
SENTENCES: dict[str, Sentence] = {}


def presents(type: EventType) -> Callable[[Sentence], Sentence]:
    """Register the function that writes the sentence of this type of event."""

    def register(sentence: Sentence) -> Sentence:
        SENTENCES[type.value] = sentence
        return sentence

    return register


def says(sentences: Mapping[EventType, Promise]) -> None:
    """Register sentences that are always the same, but for the names and the reason of the event."""
    for type, text in sentences.items():
        presents(type)(partial(_plain, text))


def _plain(text: Promise, event: EventPresenter) -> str:
    return str(text) % event.invitation


def present(events: list[Event]) -> list[EventPresenter]:
    """Events with their people."""
    people = people_of(events)
    return [EventPresenter(event, people[event.id]) for event in events]


def spaced(word: Any) -> str:
    """A code such as `not-a-member` as words."""
    return str(word or "").replace("_", " ").replace("-", " ")
