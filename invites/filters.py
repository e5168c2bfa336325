"""What narrows the list of invitations down; all of it stands in the address."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Max, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from invites.models import Invitation, State
from portal.models import User
from portal.roles import Permission

SEARCHED = ("first_name", "last_name", "email", "task_key", "task_name", "project_name", "role_name")
WORDS = 8  # words of one search that count
FIRST_DAY, LAST_DAY = MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2100, 1, 1))
FIRST = ("q", "state")  # filters that are not folded away
IN_ADDRESS = {"since": "from", "until": "to"}  # `from` is no name in Python


@dataclass(frozen=True)
class Chip:
    """One filter that is on, and the address of the list without it."""

    label: str | Promise
    value: str
    address: str


class Day(forms.DateField):
    """A day as the browser's own picker gives it."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput({"type": "date"}, "%Y-%m-%d")
        super().__init__(required=False, widget=widget, validators=[FIRST_DAY, LAST_DAY], **kwargs)


class InvitationFilter(forms.Form):
    """The filters of `/invitations/`; one that cannot be understood says so and filters nothing."""

    q = forms.CharField(label=_("Words"), max_length=200, required=False)
    state = forms.ChoiceField(
        label=_("State"), choices=[("", _("Any state")), *State.choices], required=False
    )
    project = forms.ChoiceField(label=_("Project"), required=False)
    task = forms.CharField(label=_("Task key"), max_length=40, required=False)
    inviter = forms.TypedChoiceField(label=_("Invited by"), required=False, coerce=int, empty_value=None)
    since = Day(label=_("From"))
    until = Day(label=_("To"))

    def __init__(self, data: QueryDict, reader: User) -> None:
        super().__init__(data, use_required_attribute=False)
        self.invitations = Invitation.visible_to(reader)
        self._offer("project", _("Any project"), projects(self.invitations))
        if Permission.SEE_ALL in reader.permissions:
            self._offer("inviter", _("Anybody"), inviters(self.invitations))
        else:
            del self.fields["inviter"]

    def _offer(self, name: str, anything: str | Promise, choices: list[tuple[str, str]]) -> None:
        field: Any = self.fields[name]
        field.choices = [("", anything), *choices]

    def add_prefix(self, field_name: str) -> str:
        """The name in the address."""
        return IN_ADDRESS.get(field_name, field_name)

    def narrow(self) -> QuerySet[Invitation]:
        """What the reader may see and all filters let through; days are those of the reader's zone."""
        invitations = self.invitations
        for name, value in self.on.items():
            invitations = invitations.filter(*WAYS[name](value))
        return invitations

    @property
    def on(self) -> dict[str, Any]:
        """The filters that are set and understood."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def more(self) -> bool:
        """Whether a filter of the folded part is set, or is wrong."""
        return any(name in self.on or name in self.errors for name in self.fields if name not in FIRST)

    @property
    def chips(self) -> list[Chip]:
        """The filters that are on, each with a way to take it off."""
        return [
            Chip(self[name].label, self._shown(name, value), self.address(without=name))
            for name, value in self.on.items()
        ]

    def address(self, *place: tuple[str, str], without: str = "") -> str:
        """The list with these filters, less one, at this place; "" for a place that there is not."""
        kept = QueryDict(mutable=True)
        for name in (name for name in self.on if name != without):
            kept[self.add_prefix(name)] = self.data[self.add_prefix(name)]
        for name, value in place:
            if not value:
                return ""
            kept[name] = value
        return f"{reverse('invitations')}?{kept.urlencode()}".rstrip("?")

    def _shown(self, name: str, value: Any) -> str:
        if isinstance(value, date):
            return date_format(value, "j M Y")
        choices: Any = getattr(self.fields[name], "choices", ())
        return str(dict(choices).get(str(value), value))


def projects(invitations: QuerySet[Invitation]) -> list[tuple[str, str]]:
    """The projects of these invitations by name, each under the name it had last."""
    pairs = invitations.exclude(project_id=None).values_list("project_id", "project_name")
    seen = pairs.annotate(last=Max("created_at")).order_by("last")
    named = {str(key): name for key, name, _last in seen}
    return sorted(named.items(), key=lambda one: one[1].casefold())


def inviters(invitations: QuerySet[Invitation]) -> list[tuple[str, str]]:
    """Those who sent these invitations, by name."""
    people = User.objects.filter(pk__in=invitations.order_by().values("inviter").distinct())
    return sorted(((str(one.pk), one.name) for one in people), key=lambda one: one[1].casefold())


def _words(text: str) -> list[Q]:
    return [_anywhere(word) for word in text.split()[:WORDS]]


def _anywhere(word: str) -> Q:
    found = Q()
    for name in SEARCHED:
        found |= Q(**{f"{name}__icontains": word})
    return found


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


WAYS: dict[str, Callable[[Any], list[Q]]] = {
    "q": _words,
    "state": lambda state: [Q(state=state)],
    "project": lambda project: [Q(project_id=project)],
    "inviter": lambda user: [Q(inviter=user)],
    "task": lambda key: [Q(task_key__iexact=key)],
    "since": lambda day: [Q(created_at__gte=_midnight(day))],
    "until": lambda day: [Q(created_at__lt=_midnight(day + timedelta(days=1)))],
}
