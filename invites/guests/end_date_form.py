"""The form that sets, moves or removes the end date of a guest."""

from datetime import date

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invites.guests import end_dates
from invites.models import Guest
from portal.actor import Actor


class EndDateForm(forms.Form):
    """The last day of access, and the one that the page showed."""

    ends_on = forms.DateField(
        label=gettext_lazy("Last day of access"),
        required=False,
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
    )
    shown = forms.DateField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, guest: Guest) -> None:
        super().__init__(data, use_required_attribute=False)
        self.guest = guest
        self.initial = {"ends_on": guest.ends_on, "shown": guest.ends_on}
        hint = _("The day ends at midnight (%(zone)s). Without a day, the access has no end.")
        self.fields["ends_on"].help_text = hint % {"zone": settings.DESK_TIME_ZONE}

    def save(self, *, by: Actor) -> bool:
        """Set the end date; False where it can't be set, with the error in the form."""
        if not self.is_valid():
            return False
        chosen, current = self.cleaned_data["ends_on"], self.guest.ends_on
        if self.cleaned_data["shown"] != current:
            self.add_error("ends_on", _changed(current))
            return False
        try:
            end_dates.set_end(self.guest, chosen, by=by)
        except end_dates.EndDateRefused as refusal:
            self.add_error("ends_on", str(refusal))
        except end_dates.EndDateChanged:
            self.add_error("ends_on", _("Someone else has just changed the end date. Try again."))
        return not self.errors

    def show_current(self) -> None:
        """Compare with the stored end date when the form is sent next."""
        shown = self.guest.ends_on.isoformat() if self.guest.ends_on else ""
        self.data = {"ends_on": self.data.get("ends_on", ""), "shown": shown}


def _changed(current: date | None) -> str:
    if current is None:
        return _("Someone else has removed the end date since. Check the day and save again.")
    text = _("Someone else has set the end date to %(day)s since. Check the day and save again.")
    return text % {"day": date_format(current, "j M Y")}
