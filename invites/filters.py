"""The filters of the list of invitations."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Max, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from invites.audit.catalogue import Json
from invites.models import Invitation, State
from portal import search
from portal.models import User
from portal.roles import Permission
from portal.search import sort_key
from portal.web.filters import SortedFilterForm, SortLink

FIRST_DAY, LAST_DAY = MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2100, 1, 1))
FIRST = ("q", "state", "sort")  # filters that are never collapsed
ATTENTION = "attention"
TABS = {  # values of `state` that have a tab
    "": _("All"),
    ATTENTION: _("Needs attention"),
    State.UNCLEAR.value: State.UNCLEAR.label,
    State.REFUSED.value: State.REFUSED.label,
    State.SENT.value: State.SENT.label,
}
NEWEST, OLDEST, BY_GUEST, BY_GUEST_DOWN = "-date", "date", "guest", "-guest"
SORTS = {
    NEWEST: _("Newest first"),
    OLDEST: _("Oldest first"),
    BY_GUEST: _("By guest"),
    BY_GUEST_DOWN: _("By guest, from Z to A"),
}


class Day(forms.DateField):
    """A day as the browser's own picker gives it."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput({"type": "date"}, "%Y-%m-%d")
        super().__init__(required=False, widget=widget, validators=[FIRST_DAY, LAST_DAY], **kwargs)


class InvitationFilter(SortedFilterForm):
    """The filters of `/invitations/`; an invalid one filters nothing."""

    url_name = "invitations"
    default_order = NEWEST
    parameters = {"since": "from", "until": "to"}
    shown_elsewhere = {"state": frozenset(TABS), "sort": frozenset(SORTS)}

    q = forms.CharField(label=_("Search"), max_length=200, required=False)
    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("Any state")), (ATTENTION, TABS[ATTENTION]), *State.choices],
        required=False,
        widget=forms.HiddenInput,
    )
    sort = forms.ChoiceField(
        label=_("Order"), choices=list(SORTS.items()), required=False, widget=forms.HiddenInput
    )
    project = forms.ChoiceField(label=_("Project"), required=False)
    task = forms.CharField(label=_("Task key"), max_length=40, required=False)
    inviter = forms.TypedChoiceField(label=_("Invited by"), required=False, coerce=int, empty_value=None)
    since = Day(label=_("From"))
    until = Day(label=_("To"))

    def __init__(self, data: QueryDict, reader: User) -> None:
        super().__init__(data, use_required_attribute=False)
        self.invitations = Invitation.visible_to(reader)
        self.set_choices("project", _("Any project"), projects(self.invitations))
        if Permission.SEE_ALL in reader.permissions:
            self.set_choices("inviter", _("Anyone"), inviters(self.invitations))
        else:
            del self.fields["inviter"]

    def narrow(self, *without: str) -> QuerySet[Invitation]:
        """The invitations that the reader may see and that match the filters, except those `without`.

        Days are in the reader's time zone.
        """
        invitations = search.matching(self.invitations, self.active.get("q", ""))
        conditions = [
            CONDITIONS[name](value)
            for name, value in self.active.items()
            if name in CONDITIONS and name not in without
        ]
        return invitations.filter(*conditions)

    @property
    def groups_batches(self) -> bool:
        """Whether a batch is one entry of the list: nothing is filtered, and the order is that of time.

        Its first line stands for it then (`Invitation.is_first_line`), as a page of the list is read from one
        index; counts and exports are of invitations all the same. What is searched for or sorted by guest
        may be any line, so lines stand singly there.
        """
        return not set(self.active) - {"sort"} and self.order in {NEWEST, OLDEST}

    def entries(self) -> QuerySet[Invitation]:
        """As `narrow`, without the lines that the first one of their batch stands for."""
        return self.narrow().filter(is_first_line=True) if self.groups_batches else self.narrow()

    @property
    def sort_by_guest(self) -> SortLink:
        """The head of the guests' column."""
        return self.sort_link(BY_GUEST, BY_GUEST_DOWN)

    @property
    def sort_by_date(self) -> SortLink:
        """The head of the dates' column."""
        return self.sort_link(NEWEST, OLDEST)

    @property
    def recorded_values(self) -> dict[str, Json]:
        """The active filters for an event: of free text, which can name a guest, only that it was used."""
        values: dict[str, Json] = {**self.url_values}
        values.pop("sort", None)
        values |= {name: True for name in ("q", "task") if name in values}
        if "inviter" in values:
            values["inviter"] = str(User.objects.get(pk=self.active["inviter"]).awork_id)
        return values

    @property
    def more(self) -> bool:
        """Whether a collapsed filter is active or invalid."""
        return any(name in self.active or name in self.errors for name in self.fields if name not in FIRST)


def projects(invitations: QuerySet[Invitation]) -> list[tuple[str, str]]:
    """The projects of these invitations, each by its latest name."""
    pairs = invitations.exclude(project_id=None).values_list("project_id", "project_name")
    seen = pairs.annotate(last=Max("created_at")).order_by("last")
    named = {str(key): name for key, name, _last in seen}
    return sorted(named.items(), key=lambda one: sort_key(one[1]))


def inviters(invitations: QuerySet[Invitation]) -> list[tuple[str, str]]:
    """The users who sent these invitations, by name."""
    people = User.objects.filter(pk__in=invitations.order_by().values("inviter").distinct())
    return sorted(((str(one.pk), one.name) for one in people), key=lambda one: sort_key(one[1]))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


CONDITIONS: dict[str, Callable[[Any], Q]] = {
    "state": lambda state: Invitation.needing_attention() if state == ATTENTION else Q(state=state),
    "project": lambda project: Q(project_id=project),
    "inviter": lambda user: Q(inviter=user),
    "task": lambda key: Q(task_key__iexact=key),
    "since": lambda day: Q(created_at__gte=_midnight(day)),
    "until": lambda day: Q(created_at__lt=_midnight(day + timedelta(days=1))),
}
