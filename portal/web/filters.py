"""What the filter forms of all lists have in common; the filters are in the URL."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from portal.web.pagination import NEWER, OLDER
from portal.zones import zone_name

MAX_NAME = 40  # characters of an unknown filter that are shown


@dataclass(frozen=True)
class Chip:
    """One active filter, and the URL of the list without it."""

    label: str | Promise
    value: str
    url: str


@dataclass(frozen=True)
class SortLink:
    """A column's link that sorts by it, or the other way round, and its `aria-sort` ("" for none)."""

    url: str
    direction: str


@dataclass(frozen=True)
class Tab:
    """The list with one state, and how many rows have it."""

    label: str | Promise
    count: int
    url: str
    is_current: bool


class FilterForm(forms.Form):
    """Filters of the list at `url_name`; an invalid value or unknown filter is reported and not active."""

    url_name: ClassVar[str]
    parameters: ClassVar[dict[str, str]] = {}  # URL parameters that are no names in Python, by field
    other_parameters: ClassVar[frozenset[str]] = frozenset({OLDER, NEWER, "separator"})  # no filters
    shown_elsewhere: ClassVar[dict[str, frozenset[str]]] = {}  # values of fields that need no chip

    def add_prefix(self, field_name: str) -> str:
        """The field's URL parameter."""
        return self.parameters.get(field_name, field_name)

    def clean(self) -> dict[str, Any]:
        """Report what the URL asks for and no filter is called."""
        known = {self.add_prefix(name) for name in self.fields} | self.other_parameters
        for name in self.data:
            if name not in known:
                text = _("There is no filter “%(name)s”.")
                self.add_error(None, forms.ValidationError(text, params={"name": name[:MAX_NAME]}))
        return super().clean() or {}

    @property
    def problems(self) -> list[str]:
        """What of the URL is no filter of this list, in sentences."""
        labels = {name: f"{self[name].label}: " for name in self.errors if name in self.fields}
        return [f"{labels.get(name, '')}{text}" for name, texts in self.errors.items() for text in texts]

    @property
    def active(self) -> dict[str, Any]:
        """The values of the filters that are set and valid, by field."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def chips(self) -> list[Chip]:
        """The active filters, each with a link that removes it."""
        return [
            Chip(str(self[name].label), self._display(name, value), self.url(without=name))
            for name, value in self.active.items()
            if value not in self.shown_elsewhere.get(name, ())
        ]

    @property
    def url_values(self) -> dict[str, str]:
        """The active filters as they are in the URL."""
        return dict(self._query("").items())  # type: ignore[arg-type]

    @property
    def query(self) -> str:
        """The active filters as a query string."""
        return self._query("").urlencode()

    def url(self, *position: tuple[str, str], without: str = "") -> str:
        """The list with the active filters, less one, at this position; "" if the position is empty."""
        if not all(value for _, value in position):
            return ""
        query = self._query(without)
        query.update(dict(position))
        return f"{reverse(self.url_name)}?{query.urlencode()}".rstrip("?")

    def _query(self, without: str) -> QueryDict:
        query = QueryDict(mutable=True)
        parameters = [self.add_prefix(name) for name in self.active if name != without]
        query.update({name: self.data[name] for name in parameters})
        return query

    def set_choices(self, name: str, empty: str | Promise, choices: list[tuple[str, Any]]) -> None:
        """Offer these choices, and one for any value."""
        field: Any = self.fields[name]
        field.choices = [("", empty), *choices]

    def _display(self, name: str, value: Any) -> str:
        if isinstance(value, date):
            midnight = timezone.make_aware(datetime.combine(value, datetime.min.time()))
            return f"{date_format(value, 'DATE_FORMAT')} {zone_name(midnight)}"
        choices: Any = getattr(self.fields[name], "choices", ())
        return str(dict(choices).get(str(value), value))


class SortedFilterForm(FilterForm):
    """Filters of a list with a choice of orders, in the field `sort`; descending ones begin with "-"."""

    default_order: ClassVar[str]

    @property
    def order(self) -> str:
        """The order of the list."""
        return str(self.active.get("sort", self.default_order))

    def sort_link(self, first: str, other: str) -> SortLink:
        """The head of a column: sorts by `first`, and from there by `other`."""
        order = other if self.order == first else first
        url = self.with_value("sort", "" if order == self.default_order else order)
        if self.order not in {first, other}:
            return SortLink(url, "")
        return SortLink(url, "descending" if self.order.startswith("-") else "ascending")

    def with_value(self, name: str, value: str) -> str:
        """The first page of the list with another value of this field, or without any."""
        return self.url((name, value), without=name) if value else self.url(without=name)
