"""An address as people paste it: with a name, brackets, quotes, `mailto:` or punctuation around it."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from portal.email_addresses import SEPARATORS, key_of, strip_invisible

QUOTES = "\"'\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a"
AROUND = QUOTES + "<>()[]{} \t;,:./"
MAILTO_QUERY = re.compile(r"(mailto:[^?\s<>]*)\?[^\s<>]*", re.IGNORECASE)
BRACKETS = re.compile(r"(?P<name>.*)<(?P<address>[^<>]*@[^<>]*)>", re.DOTALL)
APOSTROPHES = re.compile("[\u2018\u2019\u02bc\u2032](?=.*@)")


class SeveralAddresses(ValueError):
    """The text has more than one address."""


@dataclass(frozen=True)
class Mailbox:
    """An address, which may still be invalid, and the name in front of it."""

    address: str
    name: str = ""

    @property
    def first_and_last_name(self) -> tuple[str, str]:
        """The name in two parts: "Carla Creative" or "Creative, Carla"."""
        last, comma, first = self.name.partition(",")
        if comma:
            return first.strip(), last.strip()
        first, _, last = self.name.rpartition(" ")
        return (first, last) if first else (last, "")


def parse_mailbox(text: str) -> Mailbox:
    """The one address in a pasted text; raises `SeveralAddresses`."""
    text = MAILTO_QUERY.sub(r"\1", strip_invisible(text))
    if len({key_of(part.strip(AROUND)) for part in SEPARATORS.split(text) if "@" in part}) > 1:
        raise SeveralAddresses(text)
    name = ""
    found = BRACKETS.match(text)
    if found:
        name, text = " ".join(found["name"].split()).strip(AROUND), found["address"]
    text = text.strip(AROUND)
    if text.lower().startswith("mailto:"):
        text = unquote(text[len("mailto:") :])
    return Mailbox(APOSTROPHES.sub("'", text), "" if "@" in name else name)
