"""The form of `/invite/many/`: a list as it was entered, and as it is corrected once it was checked."""

from dataclasses import replace
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from invites.batches.columns import COLUMNS
from invites.batches.decode import decode
from invites.batches.lines import Line, read, with_problem
from invites.batches.unreadable import MAX_CELL, Unreadable
from invites.forms import FormKeyField

NOT_BOTH = _("Enter guests or choose a file, not both.")
NOTHING = _("Enter at least one guest, or choose a file.")
LINES_HELP = _(
    "One per line, with or without a name. You can also paste a list from your mail program, "
    "or cells of a spreadsheet with their header."
)
FILE_HELP = _("Instead of pasting: at most 1,000 guests and 1 MB, separated by commas, semicolons or tabs.")
TASK_HELP = _("A key such as WEB-12, a link or an ID. It applies to every guest without a task of their own.")


class NoNulField(forms.CharField):
    """Text as it was entered, which never has a NUL."""

    def run_validators(self, value: Any) -> None:
        """Refuse a NUL in words of ours."""
        if "\0" in str(value):
            raise forms.ValidationError(_("This is not a text: it has a NUL character."))
        super().run_validators(value)


class InviteManyForm(forms.Form):
    """The list in `lines` or `file`; once it was checked, in `checked`, with corrections beside it.

    A correction is named by column and position, such as `email-3` for the third guest. `skip` has the
    positions of those to leave out. A valid form has the `guests`.
    """

    key = FormKeyField(required=False, widget=forms.HiddenInput)
    lines = NoNulField(
        label=_("E-mail addresses"), help_text=LINES_HELP, required=False, strip=False, widget=forms.Textarea
    )
    file = forms.FileField(
        label=_("CSV file"), help_text=FILE_HELP, required=False, allow_empty_file=True, max_length=None
    )
    task = forms.CharField(label=_("Task"), help_text=TASK_HELP, required=False, max_length=MAX_CELL)
    role = forms.CharField(required=False, max_length=MAX_CELL)
    checked = NoNulField(required=False, strip=False, widget=forms.HiddenInput)
    previewed = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Read the list."""
        values: dict[str, Any] = super().clean() or {}
        if "lines" in self.errors or "checked" in self.errors:
            return values
        try:
            values["guests"] = self._guests(values)
        except Unreadable as problem:
            self.add_error("file" if values["file"] else "lines", str(problem.message))
        return values

    def _guests(self, values: dict[str, Any]) -> list[Line]:
        if values["checked"]:
            return [self._corrected(number, line) for number, line in enumerate(read(values["checked"]), 1)]
        if values["lines"].strip() and values["file"]:
            raise Unreadable(NOT_BOTH)
        found = read(self._text(values))
        if not found:
            raise Unreadable(NOTHING)
        return found

    def _text(self, values: dict[str, Any]) -> str:
        if not values["file"]:
            return decode(values["lines"].encode(errors="replace"))
        values["file"].seek(0)
        return decode(values["file"].read())

    def _corrected(self, position: int, line: Line) -> Line:
        entered = {name: self.data.get(f"{name}-{position}") for name in COLUMNS}
        changed: dict[str, Any] = {name: _cell(value) for name, value in entered.items() if value is not None}
        return with_problem(replace(line, **changed)) if changed else line

    @classmethod
    def filled_in(cls, data: QueryDict, files: MultiValueDict[str, Any]) -> "InviteManyForm":
        """The form to go on with: the text of a file is in the field for text, if it can be read."""
        values = data.dict()
        try:
            for _name, [file] in files.lists():
                values["lines"] = decode(file.read())
        except Unreadable:
            return cls(data, files)
        return cls(initial=values)

    @property
    def skipped(self) -> set[int]:
        """The positions of the guests to leave out, from 1."""
        entered = self.data.getlist("skip") if hasattr(self.data, "getlist") else []
        return {int(one) for one in entered if one.isascii() and one.isdigit() and len(one) < 5}


def _cell(text: str) -> str:
    return " ".join(text.replace("\0", "").split())[:MAX_CELL].rstrip()
