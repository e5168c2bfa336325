"""What is a word, and which rows a search finds."""

import pytest

from portal.models import User
from portal.search import LIMIT, WORD, document, matching, terms, words
from tests.invites.factories import person


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Übel, O'Neill!", ["ubel", "o", "neill"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("ﬁne ℡ \uff21", ["fine", "tel", "a"]),
        ("Łukasz Sørensen Đorđe Kad\u0131k\u00f6y", ["lukasz", "sorensen", "dorde", "kadikoy"]),
        ("a_b 50% 5 %", ["a", "b", "50%", "5", "%"]),
        ("carla@creative.example", ["carla", "creative", "example"]),
        ("\0 -- \ud800", []),
        ("x" * 100, ["x" * WORD]),
    ],
)
def test_words_are_without_case_accents_and_punctuation(text, expected):
    assert words(text) == expected


def test_a_search_has_a_bounded_number_of_terms():
    assert terms("web-12 carla --") == [["web", "12"], ["carla"]]
    assert len(terms("a " * 100)) == LIMIT


def test_a_document_has_a_blank_around_each_word():
    assert document("Carla", "O'Neill", "") == " carla o neill "


@pytest.mark.parametrize(
    "apostrophe",
    "'`\u00b4\u2018\u2019\u201b\u2032\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ca\u02cb\u055a\ua78c\uff07",
)
def test_apostrophes_of_all_kinds_are_alike(apostrophe):
    assert words(f"O{apostrophe}Neill") == ["o", "neill"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "is_found"),
    [
        ("", True),
        ("car", True),
        ("arla", False),
        ("neill carla", True),
        ("carla x", False),
        ("o'neill", True),
        ("o'nei", False),
        ("--", False),
        ("%", False),
        ("_", False),
        ("\\", False),
    ],
)
def test_rows_have_all_terms(typed, is_found):
    person("Carla O'Neill")
    assert matching(User.objects.all(), typed).exists() is is_found
