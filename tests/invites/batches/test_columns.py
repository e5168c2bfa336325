"""Headers of CSV, in the spellings that people use."""

import pytest

from invites.batches.columns import COLUMNS, column, gender, read_header, separator
from invites.batches.unreadable import MAX_COLUMNS, Unreadable

SPELLINGS = {
    "task": ["task", "Task", "Aufgabe", "AUFGABE "],
    "role": ["role", "Rolle"],
    "email": [
        "email",
        "E-Mail",
        "e mail",
        "E-Mail-Adresse",
        "Mail:",
        "\ufeffEmail",
        "E\u2011Mail",
        "e_mail_address",
    ],
    "first_name": ["first_name", "First name", "FirstName", "Vorname", "given name"],
    "last_name": ["last_name", "Last Name", "Nachname", "Familienname", "Surname"],
    "gender": ["gender", "Geschlecht"],
    "ends_on": [
        "ends_on",
        "Ends on",
        "End date",
        "Last day of access",
        "Endet am",
        "Enddatum",
        "Letzter Tag",
    ],
    "": ["", "Firma", "email2", "@"],
}


@pytest.mark.parametrize(
    ("name", "cell"), [(name, cell) for name, cells in SPELLINGS.items() for cell in cells]
)
def test_a_column_is_known_by_its_spellings(name, cell):
    assert column(cell) == name


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_the_separator_is_the_one_that_divides_the_header(sign):
    assert separator(sign.join(COLUMNS)) == sign
    assert separator(sign.join(["Vorname", "Name, voller", "E-Mail"])) == sign or sign == ","


@pytest.mark.parametrize(
    "lines",
    [
        ["carla@creative.example;Carla"],
        ["email@creative.example"],
        ["Carla"],
        ["Creative, Carla", "carla@creative.example"],
        [""],
    ],
)
def test_addresses_and_names_are_no_header(lines):
    assert separator(*lines) == ""


def test_a_header_in_another_language_is_known_by_the_line_after_it():
    assert separator("Nome;Correo", "Carla;carla@creative.example") == ";"


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["email", "Firma", "Ort"], r"Unknown columns: Firma, Ort\."),
        (["email", *"abcdefg"], r"Unknown columns: a, b, c, d, e, …\."),
        (["email", "x" * 1000], f"Unknown columns: {'x' * 40}…"),
        (["email", "E-Mail"], "email occurs more than once"),
        (["task", "role"], "no column “email”"),
        (["email"] * 10_000, "There are 10,000 columns"),
        ([""] * (MAX_COLUMNS + 1), f"There are {MAX_COLUMNS + 1} columns"),
    ],
)
def test_a_header_that_cannot_be_read_says_why(cells, message):
    with pytest.raises(Unreadable, match=message):
        read_header(cells)


def test_a_name_is_the_full_one_unless_there_is_a_first_name():
    assert read_header(["Name", "E-Mail"]) == ["name", "email"]
    assert read_header(["Vorname", "Name", "E-Mail"]) == ["first_name", "last_name", "email"]


@pytest.mark.parametrize(
    ("cell", "value"),
    [("w", "female"), ("Female", "female"), ("männlich", "male"), ("Divers", "other"), ("", ""), ("?", "?")],
)
def test_a_gender_is_awork_s_word_for_it(cell, value):
    assert gender(cell) == value
