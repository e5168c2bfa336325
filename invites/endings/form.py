"""The form that confirms the end of an access."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from invites.endings.create import Target
from invites.models.ending import REASON_LENGTH


class EndForm(forms.Form):
    """What to end, and why; `key` lets a form that is sent twice end it once."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    target = forms.TypedMultipleChoiceField(
        label=_("What to end"),
        coerce=UUID,
        error_messages={
            "required": _("Select at least one."),
            "invalid_choice": _("This can't be ended any more."),
        },
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        required=False,
        help_text=_("Optional. It is shown with the guest, not in the audit log, and erased with the guest."),
    )

    def __init__(self, data: QueryDict | None, found: list[Target]) -> None:
        super().__init__(data, use_required_attribute=False)
        self.initial: dict[str, Any] = {"key": uuid4()}
        field: Any = self.fields["target"]
        field.choices = [(str(one.id), one.name) for one in found]

    def clean_reason(self) -> str:
        """Without NUL, which PostgreSQL can't store."""
        reason: str = self.cleaned_data["reason"]
        return reason.replace("\0", "")
