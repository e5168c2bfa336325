"""The form that starts a review."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invites.filters import Day, projects
from invites.models import Invitation, State, Unanswered
from invites.reviews.scope import Preview, Scope, preview
from invites.reviews.start import Plan
from portal import clock
from portal.models import User

DEFAULT_DAYS, MOST_DAYS = 14, 365  # from today
CHANGED = gettext_lazy("The number of guests has changed since. Check it and start again.")
NOBODY = gettext_lazy("No guest here has access, so there is nothing to review.")


class StartForm(forms.Form):
    """The guests, the last day and what no answer means; `shown` is the number of guests on the page."""

    project = forms.ChoiceField(label=gettext_lazy("Guests"), required=False)
    due = Day(label=gettext_lazy("Last day to answer"))
    unanswered = forms.ChoiceField(
        label=gettext_lazy("Guests without an answer on that day"),
        choices=Unanswered.choices,
        widget=forms.RadioSelect,
    )
    shown = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**6, required=False)

    def __init__(self, data: QueryDict | None, user: User) -> None:
        super().__init__(data, use_required_attribute=False)
        self.workspace = user.workspace_id
        sent = Invitation.objects.filter(workspace=self.workspace, state=State.SENT)
        self.projects = dict(projects(sent))
        field: Any = self.fields["project"]
        field.choices = [("", _("All guests")), *self.projects.items()]
        self.initial = {
            "due": clock.today() + timedelta(DEFAULT_DAYS),
            "unanswered": Unanswered.KEPT.value,
        }
        hint = _("The review closes when this day ends (%(zone)s).")
        self.fields["due"].help_text = hint % {"zone": settings.DESK_TIME_ZONE}

    def clean_due(self) -> Any:
        """From today, and no slip of the keyboard."""
        due = self.cleaned_data["due"]
        if due is None:
            raise ValidationError(_("Choose a day."))
        if due < clock.today():
            raise ValidationError(_("This day has passed. Choose today or a later day."))
        if due > clock.today() + timedelta(MOST_DAYS):
            raise ValidationError(_("This is more than a year away. Choose an earlier day."))
        return due

    @property
    def plan(self) -> Plan:
        """What was entered, once it is valid."""
        values = self.cleaned_data
        project = values["project"]
        return Plan(
            Scope(self.workspace, UUID(project) if project else None),
            values["due"],
            Unanswered(values["unanswered"]),
            str(self.projects.get(project, "")),
        )

    def preview(self) -> Preview | None:
        """What it would ask; None where the form isn't valid."""
        return preview(self.plan.scope) if self.is_valid() else None

    def is_confirmed(self, seen: Preview) -> bool:
        """Whether the page showed what is so now; else the form says what has changed."""
        if not seen.guests:
            self.add_error(None, NOBODY)
        elif self.cleaned_data["shown"] != seen.guests:
            self.add_error(None, CHANGED)
        return not self.errors
