"""The filters of the audit log, and the choices that they offer."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.db import connection
from django.db.models import Q, QuerySet, UUIDField
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _

from invites.audit import search
from invites.audit.catalogue import EventType, Json
from invites.audit.models import Event, Person
from portal.actor import PORTAL_WORKSPACE
from portal.models import User
from portal.web.fields import EmailKeyField
from portal.web.filters import FilterForm
from portal.web.pagination import KeysetPaginator
from portal.zones import zone_name

CHOICES = 200  # as many different projects, roles or outcomes are offered
BY_TIME: KeysetPaginator[Event] = KeysetPaginator(("at", "id"))
BY_WORDS = search.SearchPaginator(("id",))
DISTINCT = """
WITH RECURSIVE found(value) AS (
    SELECT min({field}) FROM audit_event WHERE workspace = %s AND {field} > ''
    UNION ALL
    SELECT (SELECT min({field}) FROM audit_event WHERE workspace = %s AND {field} > found.value)
    FROM found WHERE found.value IS NOT NULL
) SELECT value FROM found WHERE value IS NOT NULL LIMIT %s
"""


class DateTimeField(forms.Field):
    """A date in the reader's time zone, or a time; a date means its start, or its end with `end`."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def __init__(self, *, end: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.end = end

    def to_python(self, value: Any) -> datetime | None:
        if not value:
            return None
        try:
            found = self._moment(value)
        except (ValueError, OverflowError):  # the calendar's first and last days have no neighbour
            found = None
        if not found:
            raise forms.ValidationError(_("Give a day, such as 2026-11-23."))
        return found

    def _moment(self, value: str) -> datetime | None:
        day, moment = parse_date(value), parse_datetime(value)
        if day:
            moment = datetime.combine(day + timedelta(days=self.end), datetime.min.time())
        if moment and timezone.is_naive(moment):
            moment = timezone.make_aware(moment)
        return moment.astimezone(UTC) if moment else None


class EventFilter(FilterForm):
    """The filters of the log's page and of its exports."""

    url_name = "audit"
    other_parameters = FilterForm.other_parameters | {"busy"}

    q = forms.CharField(label=_("Search"), required=False, max_length=200)
    type = forms.ChoiceField(label=_("Event"), required=False)
    actor = forms.TypedChoiceField(label=_("Person"), required=False, coerce=UUID, empty_value=None)
    project = forms.ChoiceField(label=_("Project"), required=False)
    role = forms.ChoiceField(label=_("Role"), required=False)
    outcome = forms.ChoiceField(label=_("Outcome"), required=False)
    guest = EmailKeyField(label=_("Guest's address"), required=False)
    ip_address = forms.GenericIPAddressField(label=_("IP address"), required=False)
    request_id = forms.UUIDField(label=_("Request ID"), required=False)

    def __init__(self, data: QueryDict, workspace: UUID) -> None:
        super().__init__(data, auto_id="filter-%s", use_required_attribute=False)
        self.workspace = workspace
        self.typed = {"q"}  # filters whose value is free text
        self.fields["from"] = DateTimeField(label=_("From"), required=False)
        self.fields["to"] = DateTimeField(label=_("To"), required=False, end=True)
        people = User.objects.filter(workspace_id=workspace).order_by("search_text", "pk")
        self._offer("type", EventType.choices)
        self._offer("actor", [(str(person.awork_id), person.name) for person in people])
        for name, column in (("project", "project_name"), ("role", "role_name"), ("outcome", "outcome")):
            self._offer(name, [(value, value) for value in distinct(workspace, column)])

    @property
    def further(self) -> list[BoundField]:
        """The filters besides the search."""
        return [field for field in self if field.name != "q"]

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        """A bookmarked value stays a choice even if no event has it; names have no NUL."""
        asked = self.data.get(name, "")
        if asked and "\0" not in asked and asked not in dict(choices) and name not in {"type", "actor"}:
            choices = [*choices, (asked, asked)]
            self.typed.add(name)
        self.set_choices(name, _("All"), choices)

    def _display(self, name: str, value: Any) -> str:
        shown = super()._display(name, self.data[name])  # a day as it was entered: the value is a time in UTC
        is_day = isinstance(value, datetime) and parse_date(shown)
        return f"{shown} {zone_name(value)}" if is_day else shown

    @property
    def recorded_values(self) -> dict[str, Json]:
        """The active filters for an event: of free text, which can name a guest, only that it was used."""
        return {name: name in self.typed or value for name, value in self.url_values.items()}

    @property
    def has_words(self) -> bool:
        """Whether events are searched."""
        return "q" in self.active

    @property
    def paginator(self) -> KeysetPaginator[Event]:
        """What a search finds comes in the order of its index: of writing, not of time."""
        return BY_WORDS if self.has_words else BY_TIME

    def chains(self) -> list[QuerySet[Event]]:
        """The matching events of the workspace and of the portal as a whole.

        Each chain is read from its own index; the search index is one for all and read once.
        """
        if not self.is_valid():
            return [Event.objects.none()]
        both = (self.workspace, PORTAL_WORKSPACE)
        if self.has_words:
            events = self._narrow(Event.objects.filter(workspace__in=both))
            return [search.matching(events, self.cleaned_data["q"], both)]
        return [self._narrow(Event.objects.filter(workspace=one)) for one in both]

    def _narrow(self, events: QuerySet[Event]) -> QuerySet[Event]:
        values = self.cleaned_data
        exact = {
            "type": values["type"],
            "actor_id": values["actor"],
            "project_name": values["project"],
            "role_name": values["role"],
            "outcome": values["outcome"],
            "request_id": values["request_id"],
            "at__gte": values["from"],
            "at__lt": values["to"],
        }
        events = events.filter(**{name: value for name, value in exact.items() if value})
        if values["guest"]:
            named = Person.objects.filter(email=values["guest"])
            events = events.filter(id__in=named.values("event"))
        if values["ip_address"]:
            events = events.filter(self._from(values["ip_address"]))
        return events

    def _from(self, address: str) -> Q:
        people = Person.objects.filter(ip_address=address, kind=Person.Kind.REFUSED)
        refused = list(people.values_list("event", flat=True))
        return Q(ip_address=address) | Q(id__in=refused) if refused else Q(ip_address=address)


def distinct(workspace: UUID, field: str) -> list[str]:
    """The distinct values of a field, in order, read by skipping through its index."""
    key = UUIDField().get_db_prep_value(workspace, connection)
    with connection.cursor() as cursor:
        cursor.execute(DISTINCT.format(field=field), [key, key, CHOICES])
        return [value for (value,) in cursor.fetchall()]
