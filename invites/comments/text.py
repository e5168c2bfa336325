"""The text of a comment: the same in awork whether it takes messages as HTML, as Markdown or as they are."""

import re
import unicodedata
from html import unescape

MAX_LENGTH = 500  # characters: of 65,000 that awork takes, as many as fit into the form's address
# awork's contract doesn't say whether it reads markup. Escaped, the text would show as "&lt;" if it doesn't.
LEFT, RIGHT = (
    "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}",
    "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}",
)
REPLACED = str.maketrans({"<": LEFT, ">": RIGHT})
HIDDEN = {"Cc", "Cf", "Cs"}  # Unicode's control characters, and others that show nothing
TAG = re.compile(r"<[^>]*>")


def harmless(text: str) -> str:
    """The text without markup and invisible characters; lines stay lines."""
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).translate(REPLACED)
    shown = "".join(char for char in plain if char == "\n" or unicodedata.category(char) not in HIDDEN)
    lines = [" ".join(line.split()) for line in shown.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def is_same(posted: str, text: str) -> bool:
    """Whether a comment in awork, formatted or not, has this text."""
    return _essence(posted) == _essence(text)


def _essence(text: str) -> str:
    """Letters and digits, or where there are none everything that isn't a space."""
    plain = unescape(TAG.sub(" ", text))
    return "".join(filter(str.isalnum, plain)) or "".join(plain.split())
