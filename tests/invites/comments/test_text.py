"""What awork gets is the same text whether it reads markup or not."""

import pytest

from invites.comments.text import harmless, is_same


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("Hello team", "Hello team"),
        ("  a  b \r\n\r\n\r\n\r\n c \r", "a b\n\nc"),
        ("<script>alert(1)</script>", "\u2039script\u203aalert(1)\u2039/script\u203a"),
        ('<img src=x onerror="alert(1)">', '\u2039img src=x onerror="alert(1)"\u203a'),
        ("1 < 2 && 3 > 2", "1 \u2039 2 && 3 \u203a 2"),
        ("a\x00b\u202ec\ufeff\ud800", "abc"),
        ("\u200b\u200b", ""),
        ("", ""),
    ],
)
def test_markup_and_invisible_characters_are_gone(typed, sent):
    assert harmless(typed) == sent
    assert harmless(sent) == sent


@pytest.mark.parametrize(
    ("posted", "same"),
    [
        ("Carla & Ben help us.", True),
        ("<p>Carla &amp; Ben<br>help us.</p>", True),
        ("Carla & Ben help", False),
        ("", False),
    ],
)
def test_a_text_is_recognized_with_formatting(posted, same):
    assert is_same(posted, "Carla & Ben\nhelp us.") is same


def test_a_text_without_letters_is_recognized():
    assert is_same("<p>👋 👋</p>", "👋 👋")
    assert not is_same("👋", "🎉")
