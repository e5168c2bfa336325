"""The form of a list: what it reads from where, and the corrections beside it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from invites.batches.form import InviteManyForm
from invites.batches.lines import NO_ADDRESS, Line, write
from invites.batches.unreadable import MAX_CELL

LISTED = [Line(2, "carla@creative.example", "Carla"), Line(5, "kim@", task="WEB-13")]


def form(file=b"", **fields):
    data = QueryDict(mutable=True)
    for name, value in fields.items():
        data.setlist(name.replace("_at_", "-"), value if isinstance(value, list) else [value])
    files = MultiValueDict({"file": [SimpleUploadedFile("guests.csv", file)]} if file else {})
    return InviteManyForm(data, files)


def guests(made):
    assert made.is_valid(), made.errors
    return made.cleaned_data["guests"]


def test_a_list_is_read_from_text_or_a_file():
    assert guests(form(lines="carla@creative.example Carla")) == [Line(1, "carla@creative.example", "Carla")]
    assert guests(form("email\nkim@kjær.example".encode("cp1252"))) == [Line(2, "kim@kjær.example")]


@pytest.mark.parametrize(
    ("made", "field", "message"),
    [
        (form(), "lines", "Enter at least one guest"),
        (form(lines=" \n"), "lines", "Enter at least one guest"),
        (form(b"email\n"), "file", "Enter at least one guest"),
        (form(b"x", lines="a@x.example"), "file", "not both"),
        (form(b"PK\x03\x04"), "file", "not a text file"),
        (form(lines='email\n"a'), "lines", "Line 2"),
        (form(lines="x" * 1_000_001), "lines", "more than 1 MB"),
        (form(lines="a\0"), "lines", "NUL"),
        (form(checked="a\0"), "checked", "NUL"),
    ],
)
def test_what_cannot_be_read_has_one_error_at_its_field(made, field, message):
    assert not made.is_valid()
    [(name, [error])] = made.errors.items()
    assert (name, message in error) == (field, True), error


def test_a_checked_list_is_read_as_it_was():
    assert [line.number for line in guests(form(checked=write(LISTED)))] == [2, 5]


def test_corrections_are_applied_and_judged():
    changed = {
        "email_at_1": " ",
        "email_at_2": " kim@x.example\0 ",
        "last_name_at_2": "Kjær",
        "task_at_2": "",
    }
    first, second = guests(form(checked=write(LISTED), **changed))
    assert (first.email, first.first_name, first.problem) == ("", "Carla", NO_ADDRESS)
    assert second == Line(5, "kim@x.example", "", "Kjær")


def test_a_correction_is_as_long_as_a_value_can_be():
    [line] = guests(form(checked=write(LISTED[:1]), email_at_1="x" * 9999))
    assert len(line.email) == MAX_CELL
    assert guests(form(checked=write([line]))) == [line]


def test_corrections_of_nothing_are_ignored():
    assert guests(form(checked=write(LISTED), email_at_3="x", number_at_1="7", **{"email-0": "x"})) == guests(
        form(checked=write(LISTED))
    )


def test_the_positions_to_leave_out():
    assert form(skip=["1", "30", "-2", "x", "²", "9" * 5000]).skipped == {1, 30}
    assert InviteManyForm({}).skipped == set()


def test_a_restored_form_has_the_text_of_its_file():
    files = MultiValueDict({"file": [SimpleUploadedFile("guests.csv", "jürgen@x.example".encode("utf-16"))]})
    filled = InviteManyForm.filled_in(QueryDict("task=WEB-12"), files)
    assert (filled["lines"].value(), filled["task"].value()) == ("jürgen@x.example", "WEB-12")
    assert not filled.errors


def test_a_restored_file_that_cannot_be_read_says_so():
    files = MultiValueDict({"file": [SimpleUploadedFile("guests.csv", b"PK\x03\x04")]})
    assert "not a text file" in str(InviteManyForm.filled_in(QueryDict(), files).errors)
