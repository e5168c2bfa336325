"""Lists of addresses as people and mail programs write them."""

import time

import pytest

from invites.batches.pasted_list import entries, parse
from invites.batches.unreadable import MAX_LINES, Unreadable
from portal.email_addresses import normalize
from tests.cases import rows

CARLA = ("carla@creative.example", "Carla", "Creative")
PASTED = [row[1:] for row in rows("paste") if row[0] == "email" and row[2] != "refused"]


@pytest.mark.parametrize(
    "entry",
    [
        "Carla Creative <carla@creative.example>",
        '"Creative, Carla" <carla@creative.example>',
        "Creative, Carla <carla@creative.example>",
        "carla@creative.example Carla Creative",
        "carla@creative.example, Carla, Creative",
        "carla@creative.example;Carla Creative",
        "carla@creative.example\tCarla\tCreative",
        "Carla;Creative;carla@creative.example",
        "Carla Creative carla@creative.example",
        "Carla Creative: carla@creative.example",
        "carla@creative.example (Carla Creative)",
        "<carla@creative.example>; Carla; Creative",
        "mailto:carla@creative.example?subject=Hi Carla Creative",
        "\u201eCarla Creative\u201c <carla@creative.example>;",
    ],
)
def test_an_address_with_a_name_around_it(entry):
    assert [parse(text) for _, text in entries(entry)] == [CARLA]


@pytest.mark.parametrize(("entry", "kept"), PASTED)
def test_an_address_as_the_invite_form_takes_it(entry, kept):
    [(_, text)] = entries(entry)
    assert normalize(parse(text)[0]).address == kept.partition(";")[0]


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("a@x.example, b@x.example; c@x.example", ["a@x.example", "b@x.example", "c@x.example"]),
        ('"A, B" <a@x.example>, Pohl, P <b@x.example>,', ["a@x.example", "b@x.example"]),
        ("a@x.example b@x.example", ["a@x.example", "b@x.example"]),
        ("<a@x.example>\r\n\r\n,b@x.example,\n", ["a@x.example", "b@x.example"]),
        ("; , ;\n \n", []),
    ],
)
def test_a_list_is_divided(text, addresses):
    assert [parse(entry)[0] for _, entry in entries(text)] == addresses


def test_a_guest_has_the_number_of_the_line():
    assert [number for number, _ in entries("a@x.example\n\nb@x.example\n")] == [1, 3]


def test_several_in_a_line_are_numbered_in_their_order():
    assert [number for number, _ in entries("a@x.example, b@x.example\n\nc@x.example")] == [1, 2, 3]


@pytest.mark.parametrize(
    "text",
    [
        "Carla",
        "a@x.example / b@x.example",
        "carla@x.example;Carla;Creative;WEB-12",
        "x" * 600 + " carla@x.example",
        " / ".join(["carla@x.example"] * 11),
    ],
)
def test_what_is_no_address_with_a_name_stays_as_it_is(text):
    assert [parse(entry) for _, entry in entries(text)] == [(text, "", "")]


def test_what_follows_several_addresses_is_an_entry_of_its_own():
    assert [entry for _, entry in entries("a@x.example, b@x.example, Carla")][-1] == "Carla"


def test_a_quotation_mark_that_is_not_closed_ends_with_the_line():
    found = [parse(entry) for _, entry in entries('"Carla <carla@x.example>\nb@x.example, B')]
    assert found == [("carla@x.example", "Carla", ""), ("b@x.example", "B", "")]


def test_a_thousand_and_one_are_too_many():
    text = "a@x.example\n" * MAX_LINES
    assert len(entries(text)) == MAX_LINES
    with pytest.raises(Unreadable, match="There are 1,001 lines"):
        entries(f"{text}a@x.example")


def test_an_entry_of_thousands_of_characters_is_named():
    with pytest.raises(Unreadable, match="Line 2 has a value of more than 4,000 characters"):
        entries("a@x.example\n" + "x" * 5000)


@pytest.mark.parametrize("part", ["<", "@", "mailto:", "\u2019", '"', ",", "a@x;", "<@", "a@ "])
def test_a_megabyte_of_anything_takes_a_moment(part):
    began = time.process_time()
    for size in (1_000_000, 990):
        line = (part * size)[:size]
        try:
            for _, entry in entries(line if size > 990 else f"{line}@\n" * 1000):
                parse(entry)
        except Unreadable:
            continue
    assert time.process_time() - began < 3
