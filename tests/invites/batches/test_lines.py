"""Lists of guests: what is read, and that it is written so that it reads the same."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from invites.batches.columns import COLUMNS
from invites.batches.lines import NO_ADDRESS, NOT_A_NAME, SEVERAL_ADDRESSES, Line, read, with_problem, write
from invites.batches.unreadable import MAX_LINES, Unreadable
from tests.cases import rows

CARLA = Line(2, "carla@creative.example", "Carla", "Creative", "female", "WEB-12", "Guest")
SIGNS = "a@.,;\t\"<> \n\r=+-'\u2019\ufeff\u2028E:"  # what lists consist of


@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_csv_is_read(sign, newline):
    cells = ["WEB-12", "Guest", CARLA.email, "Carla", "Creative", "female"]
    assert read(newline.join([sign.join(COLUMNS), sign.join(cells), ""])) == [CARLA]


def test_a_german_header_in_any_order_is_read():
    header = "E-Mail;Vorname;Nachname;Aufgabe;Rolle;Geschlecht"
    assert read(f"{header}\ncarla@creative.example;Carla;Creative;WEB-12;Guest;w\n") == [CARLA]


def test_a_column_of_addresses_is_enough():
    assert read("\ufeffE-Mail\ncarla@creative.example") == [Line(2, "carla@creative.example")]


def test_a_full_name_is_divided():
    [line] = read("Name\tE-Mail\nCreative, Carla\tcarla@creative.example")
    assert (line.first_name, line.last_name) == ("Carla", "Creative")


def test_excel_s_line_with_the_separator_is_no_header():
    assert read("sep=;\nE-Mail;Name\ncarla@creative.example;Carla") == [Line(3, CARLA.email, "Carla")]


def test_a_value_in_quotation_marks_has_separators_and_lines():
    [line] = read('email, first_name\ncarla@creative.example, "Carla,\n the ""second"""\n')
    assert line.first_name == 'Carla, the "second"'


def test_lines_have_their_number_in_the_file():
    lines = read('email,task\n\na@x.example,"W\n1"\n,,\nb@x.example\n')
    assert [(line.number, line.email) for line in lines] == [(3, "a@x.example"), (6, "b@x.example")]


def test_pasted_lines_are_read():
    assert read("carla@creative.example Carla\n\nPaul <paul@x.example>") == [
        Line(1, "carla@creative.example", "Carla"),
        Line(3, "paul@x.example", "Paul"),
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (Line(1, ""), NO_ADDRESS),
        (Line(1, "Carla"), NO_ADDRESS),
        (Line(1, "a@x.example, b@x.example"), SEVERAL_ADDRESSES),
        (Line(1, "a@x.example " * 20), SEVERAL_ADDRESSES),
        (Line(1, "a@x.example", "\u200b=1+1"), NOT_A_NAME),
        (Line(1, "a@x.example", "Carla", "@SUM(1)"), NOT_A_NAME),
        (Line(1, "a@x.example", "Carla", "Meyer-Landrut"), ""),
    ],
)
def test_a_line_that_cannot_be_read_says_why(line, problem):
    assert with_problem(line).problem == problem


@pytest.mark.parametrize("text", [row[0] for row in rows("formulas")])
def test_a_formula_is_no_name_and_is_written_as_it_was(text):
    [line] = read(write([Line(1, "a@x.example", text.strip())]))
    assert line.first_name == " ".join(text.split())
    assert (line.problem == NOT_A_NAME) == (line.first_name[0] in "=+-@\uff1d")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("email\0\n", "NUL"),
        ('email,task\na@x.example,"WEB-12\n' + "b@x.example,WEB-13\n" * 900, "Line 2 can't be read"),
        ('email\n"a@x.example"b\n', "Line 2 can't be read"),
        ("email," + ",".join(map(str, range(9999))), "There are 10,000 columns"),
        ("email\n" + "," * 9999 + "x", "Line 2 has a value without a column: x"),
        ("email,task\na@x.example,Write copy, soon\n", "Line 2 has a value without a column: soon"),
        ("Nome;Correo\nCarla;carla@creative.example", "Unknown columns: Nome, Correo"),
        ("email\n" + "a@x.example\n" * (MAX_LINES + 1), "There are 1,001 lines"),
        ("a@x.example\n" * (MAX_LINES + 1), "There are 1,001 lines"),
        ("email,task\na@x.example," + "x" * 5000, "Line 2 has a value of more than 4,000"),
        ("email,task\na@x.example," + "x" * 500_000, "Line 2 can't be read"),
    ],
)
def test_a_hostile_list_gets_one_message(text, message):
    with pytest.raises(Unreadable, match=message):
        read(text)


def test_a_thousand_lines_are_read():
    assert len(read("email\n" + "a@x.example\n" * MAX_LINES)) == MAX_LINES


@pytest.mark.parametrize("text", ["", "\n \n", "email\n", "sep=;\n", "\ufeff", ",,,,\n" * 3, "," * 9999])
def test_nothing_is_no_line(text):
    assert read(text) == []


HEADERS = st.sampled_from(
    ["", "email;task\n", "E-Mail\n", "Vorname\tE-Mail\n", "line,name,email,gender\n", "sep=,\n"]
)


@given(HEADERS, st.one_of(st.text(st.characters()), st.text(SIGNS)))
@example("email,task\n", "\n\n,x")
def test_any_text_is_read_or_refused_and_reads_the_same_when_written(header, text):
    try:
        lines = read(header + text)
    except Unreadable as problem:
        assert str(problem.message)
        return
    assert read(write(lines)) == lines


def values():
    return st.text(st.one_of(st.characters(exclude_characters="\0"), st.sampled_from(SIGNS))).map(
        lambda text: " ".join(text.split())
    )


@given(
    st.lists(
        st.builds(
            Line,
            st.integers(1, 10**6),
            *[values()] * 3,
            gender=st.sampled_from(["", "female", "male", "other", "?"]),
            task=values(),
            role=values(),
            ends_on=values(),
        ),
        max_size=5,
    )
)
def test_any_lines_read_the_same_when_written(lines):
    lines = [line for line in lines if any((line.email, line.first_name, line.task))]
    assert read(write(lines)) == [with_problem(line) for line in lines]
