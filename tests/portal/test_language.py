"""Which language a user's pages are in."""

import pytest
from django.utils import translation

from portal import language
from portal.models import User


@pytest.mark.parametrize(
    ("chosen", "of_awork", "expected"),
    [
        ("", "", ""),
        ("", "de-DE", "de"),
        ("", "DE_at", "de"),
        ("", "en-us", "en"),
        ("", "fr-FR", ""),
        ("", "<nonsense>" * 2, ""),
        ("en", "de-DE", "en"),
        ("de", "", "de"),
        ("fr", "de", "de"),  # no longer offered
    ],
)
def test_the_choice_counts_before_the_language_in_awork(chosen, of_awork, expected):
    assert language.of(User(language=chosen, awork_language=of_awork)) == expected


def test_outside_of_requests_people_are_written_to_in_their_language():
    with language.speaking_to(User(language="de")):
        assert translation.get_language() == "de"
    with translation.override("de"), language.speaking_to(User()):
        assert translation.get_language() == "en"
    with translation.override("de"), language.speaking_to(None):
        assert translation.get_language() == "en"


def test_lines_are_made_in_english_and_handled_in_the_readers_language():
    made = (translation.get_language() for _ in range(3))
    with translation.override("de"):
        seen = [(line, translation.get_language()) for line in language.each_in_english(made)]
    assert seen == [("en", "de")] * 3
