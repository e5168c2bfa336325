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

from invites.models import Invitation, State
from portal import search
from portal.models import User
from portal.roles import Permission
from portal.web.filters import FilterForm

FIRST_DAY, LAST_DAY = MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2100, 1, 1))
FIRST = ("q", "state")  # filters that are never collapsed


class Day(forms.DateField):
    """A day as the browser's own picker gives it."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput({"type": "date"}, "%Y-%m-%d")
        super().__init__(required=False, widget=widget, validators=[FIRST_DAY, LAST_DAY], **kwargs)


class InvitationFilter(FilterForm):
    """The filters of `/invitations/`; an invalid one filters nothing."""

    url_name = "invitations"
    parameters = {"since": "from", "until": "to"}

    q = forms.CharField(label=_("Search"), max_length=200, required=False)
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
        self.set_choices("project", _("Any project"), projects(self.invitations))
        if Permission.SEE_ALL in reader.permissions:
            self.set_choices("inviter", _("Anyone"), inviters(self.invitations))
        else:
            del self.fields["inviter"]

    def narrow(self) -> QuerySet[Invitation]:
        """The invitations that the reader may see and that match; days are in the reader's time zone."""
        invitations = search.matching(self.invitations, self.active.get("q", ""))
        return invitations.filter(
            *(CONDITIONS[name](value) for name, value in self.active.items() if name != "q")
        )

    @property
    def more(self) -> bool:
        """Whether a collapsed filter is active or invalid."""
        return any(name in self.active or name in self.errors for name in self.fields if name not in FIRST)


def projects(invitations: QuerySet[Invitation]) -> list[tuple[str, str]]:
    """The projects of these invitations, each by its latest name."""
    pairs = invitations.exclude(project_id=None).values_list("project_id", "project_name")
    seen = pairs.annotate(last=Max("created_at")).order_by("last")
    named = {str(key): name for key, name, _last in seen}
    return sorted(named.items(), key=lambda one: one[1].casefold())


def inviters(invitations: QuerySet[Invitation]) -> list[tuple[str, str]]:
    """The users who sent these invitations, by name."""
    people = User.objects.filter(pk__in=invitations.order_by().values("inviter").distinct())
    return sorted(((str(one.pk), one.name) for one in people), key=lambda one: one[1].casefold())


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


CONDITIONS: dict[str, Callable[[Any], Q]] = {
    "state": lambda state: Q(state=state),
    "project": lambda project: Q(project_id=project),
    "inviter": lambda user: Q(inviter=user),
    "task": lambda key: Q(task_key__iexact=key),
    "since": lambda day: Q(created_at__gte=_midnight(day)),
    "until": lambda day: Q(created_at__lt=_midnight(day + timedelta(days=1))),
}
