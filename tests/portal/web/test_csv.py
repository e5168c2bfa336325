"""CSV files: separators, and cells that spreadsheets must not run."""

import csv as reader

import pytest

from portal.web.csv import Separator, escape_formula, lines


@pytest.mark.parametrize(("name", "separator"), [("comma", ","), ("semicolon", ";")])
def test_a_file_is_read_back_with_its_separator(name, separator):
    rows = [["guest", "task"], ["Ada, Ben; Co.", 'a "quoted" word'], ["", "1"]]
    first, *rest = lines(rows, Separator.named(name))
    assert first == "\ufeff"
    assert list(reader.reader(rest, delimiter=separator)) == rows


@pytest.mark.parametrize("name", ["", None, ";", "tab"])
def test_an_unknown_separator_is_the_comma(name):
    assert Separator.named(name) is Separator.COMMA


@pytest.mark.parametrize(
    ("cell", "comma", "semicolon"),
    [
        ("=1+1", "'=1+1", "'=1+1"),
        ("a,=1", "a,=1", "a,'=1"),
        ("a;=1", "a;'=1", "a;=1"),
        ("a\t=1", "a\t'=1", "a\t'=1"),
        (7, 7, 7),
    ],
)
def test_a_cell_is_safe_whichever_other_separator_reads_it(cell, comma, semicolon):
    assert escape_formula(cell, Separator.COMMA) == comma
    assert escape_formula(cell, Separator.SEMICOLON) == semicolon
