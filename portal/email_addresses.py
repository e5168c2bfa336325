"""E-mail addresses: the spelling to store and show, and the key that says whether two are the same.

Nothing else lowers, folds or encodes an address. The key is in lower case but not case folded: `ß` is not
`ss` and a final sigma is not a sigma, neither for the domain name system (IDNA 2008) nor in front of the @.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from email_validator import validate_email

MAX_LENGTH = 254  # of an address on the wire (RFC 5321)
# Characters that are drawn as nothing although they are outside Unicode's category Cf: fillers and selectors.
BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# Where an address begins and ends in a text; percent-encoded punctuation such as `=` may precede it.
BEGIN, END = r"(?:(?<![\w.+-])|(?<=%2[0-9acf]|%3[a-f]))", r"(?![\w-]|\.\w)"
SEPARATORS = re.compile(r"[\s&=?<>(),;\"]+")  # between addresses in text and in URLs


class AddressTooLong(ValueError):
    """No address has more than 254 characters."""


@dataclass(frozen=True)
class EmailAddress:
    """A valid address: as it is stored and shown, the key to compare, and with its domain in ASCII."""

    address: str
    key: str
    ascii: str


def normalize(text: str) -> EmailAddress:
    """Parse a typed address; raises `ValueError`, of which `AddressTooLong` is one."""
    visible = strip_invisible(text)
    if len(visible) > MAX_LENGTH:
        raise AddressTooLong(visible)
    valid = validate_email(visible, check_deliverability=False)
    return EmailAddress(
        valid.normalized, _lower(valid.normalized), f"{valid.local_part}@{valid.ascii_domain}"
    )


def key_of(text: str) -> str:
    """The key of any address; awork may store some that are not valid."""
    try:
        return normalize(text).key
    except ValueError:
        return _lower(strip_invisible(text))


def readable(text: str) -> str:
    """The address as pages show it, with its domain in Unicode; any other text as it is."""
    try:
        return normalize(text).address
    except ValueError:
        return text


def to_ascii(text: str) -> str:
    """The address with its domain in ASCII, as awork's API requires it; any other text as it is."""
    try:
        return normalize(text).ascii
    except ValueError:
        return text


def spellings(text: str) -> list[str]:
    """The ways in which another system may store this address, the likeliest first."""
    try:
        found = normalize(text)
    except ValueError:
        return list(dict.fromkeys(filter(None, [text, key_of(text)])))
    return list(dict.fromkeys([found.address, found.key, found.ascii, _lower(found.ascii)]))


def mentions(text: str, email: str) -> bool:
    """Whether an address occurs in a text, in whatever spelling, and not as a part of a longer one."""
    if not email:
        return False
    key, plain = key_of(email), _lower(strip_invisible(text))
    return bool(pattern(email).search(plain)) or any(
        key_of(part.strip("'")) == key for part in SEPARATORS.split(text) if "@" in part
    )


def pattern(email: str) -> re.Pattern[str]:
    """Every spelling of an address in a text, as it is and as URLs have it."""
    found = {form for one in spellings(email) for form in (one, _lower(one), quote(one), quote(one, safe=""))}
    longest_first = sorted(found, key=len, reverse=True)
    return re.compile(f"{BEGIN}(?:{'|'.join(map(re.escape, longest_first))}){END}", re.IGNORECASE)


def normalize_domain(text: str) -> str:
    """A domain in its readable form; raises `ValueError`."""
    if "@" in text:
        raise ValueError(text)
    return normalize(f"name@{text}").address.partition("@")[2]


@lru_cache(maxsize=4096)
def ascii_domain(domain: str) -> str:
    """A domain as DNS has it, to compare: `bücher.example` and `xn--bcher-kva.example` are one."""
    try:
        return normalize(f"name@{domain}").ascii.partition("@")[2]
    except ValueError:
        return _lower(strip_invisible(domain))


def strip_invisible(text: str) -> str:
    """The text in normal form C, without invisible characters and without blanks around it."""
    visible = "".join(sign for sign in BLANK.sub("", text) if unicodedata.category(sign) != "Cf")
    return unicodedata.normalize("NFC", visible).strip()


def _lower(text: str) -> str:
    return unicodedata.normalize("NFC", text.lower())
