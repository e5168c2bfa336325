"""The filters of the list of guests."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from invites.audit.catalogue import Json
from invites.models import AWAY, Guest, GuestState, sponsors
from portal import clock, search
from portal.models import User
from portal.roles import Permission
from portal.search import sort_key
from portal.web.filters import SortedFilterForm, SortLink

TABS = {"": _("All")} | {
    state.value: state.label for state in GuestState if state is not GuestState.UNCHECKED
}  # values of `state` that have a tab
NEWEST, OLDEST, BY_NAME, BY_NAME_DOWN = "-date", "date", "guest", "-guest"
SORTS = {
    NEWEST: _("Newest first"),
    OLDEST: _("Oldest first"),
    BY_NAME: _("By guest"),
    BY_NAME_DOWN: _("By guest, from Z to A"),
}
NOBODY = "none"  # in place of a sponsor
SOON, PASSED, NO_END = "soon", "passed", "none"
SOON_DAYS = 14
ENDS = {
    SOON: _("Ends within 14 days"),
    PASSED: _("Has passed"),
    NO_END: _("Without an end date"),
}


class GuestFilter(SortedFilterForm):
    """The filters of `/guests/`; an invalid one filters nothing."""

    url_name = "guests"
    default_order = NEWEST
    shown_elsewhere = {"state": frozenset(TABS), "sort": frozenset(SORTS)}

    q = forms.CharField(label=_("Search"), max_length=200, required=False)
    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("Any state")), *GuestState.choices],
        required=False,
        widget=forms.HiddenInput,
    )
    sort = forms.ChoiceField(
        label=_("Order"), choices=list(SORTS.items()), required=False, widget=forms.HiddenInput
    )
    sponsor = forms.ChoiceField(label=_("Sponsor"), required=False)

    end = forms.ChoiceField(label=_("End date"), choices=[("", _("Any")), *ENDS.items()], required=False)

    def __init__(self, data: QueryDict, reader: User) -> None:
        super().__init__(data, use_required_attribute=False)
        self.guests = Guest.visible_to(reader)
        self.sees_all = Permission.SEE_ALL in reader.permissions
        if self.sees_all:
            self.set_choices("sponsor", _("Anyone"), [(NOBODY, _("No sponsor")), *_sponsors(self.guests)])
        else:
            del self.fields["sponsor"]

    def narrow(self, *without: str) -> QuerySet[Guest]:
        """The guests that the reader may see and that match the filters, except those `without`."""
        guests = search.matching(self.guests, self.active.get("q", ""))
        conditions = [
            CONDITIONS[name](value)
            for name, value in self.active.items()
            if name in CONDITIONS and name not in without
        ]
        return guests.filter(*conditions)

    @property
    def sort_by_guest(self) -> SortLink:
        """The head of the guests' column."""
        return self.sort_link(BY_NAME, BY_NAME_DOWN)

    @property
    def sort_by_date(self) -> SortLink:
        """The head of the dates' column."""
        return self.sort_link(NEWEST, OLDEST)

    @property
    def only_filters(self) -> dict[str, str]:
        """The active filters as they are in the URL, without the order."""
        return {name: value for name, value in self.url_values.items() if name != "sort"}

    @property
    def recorded_values(self) -> dict[str, Json]:
        """The active filters for an event: of a search, which can name a guest, only that it was used."""
        values: dict[str, Json] = {**self.only_filters}
        if "q" in values:
            values["q"] = True
        if (sponsor := self.active.get("sponsor", NOBODY)) != NOBODY:
            values["sponsor"] = str(User.objects.get(pk=sponsor).awork_id)
        return values


class HandOverFilter(GuestFilter):
    """The same filters where a page names all that are active."""

    url_name = "guests-hand-over"
    shown_elsewhere = {"sort": frozenset(SORTS)}


def _sponsors(guests: QuerySet[Guest]) -> list[tuple[str, str]]:
    """Who sponsors some of them, by name: looked up for each member, as guests may be many."""
    people = sponsors().filter(Exists(guests.filter(sponsor=OuterRef("pk"))))
    return sorted(((str(one.pk), one.name) for one in people), key=lambda one: sort_key(one[1]))


def _ends(end: str) -> Q:
    """Guests whose account has gone have no access that could end."""
    if end == NO_END:
        return Q(ends_on=None) & ~Q(state__in=AWAY)
    today = clock.today()
    days = Q(ends_on__lt=today) if end == PASSED else Q(ends_on__range=(today, today + timedelta(SOON_DAYS)))
    return days & ~Q(state__in=AWAY)


CONDITIONS: dict[str, Callable[[Any], Q]] = {
    "state": lambda state: Q(state=state),
    "end": _ends,
    "sponsor": lambda sponsor: ~Guest.with_current_sponsor() if sponsor == NOBODY else Q(sponsor=sponsor),
}
