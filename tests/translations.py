"""The messages in the source, and the catalogues in `locale/` that translate them.

.venv/bin/python -m tests.translations      adds new messages to each .po, drops old ones, writes each .mo
"""

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("invites", "portal", "templates")
SPOKEN = {"title", "alt", "placeholder", "aria-label", "label", "data-label", "data-announce", "data-slow"}
PART = 12  # characters of a part of a sentence that say which language it is in
PLACEHOLDER = re.compile(r"%\((\w+)\)\w")
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def extracted() -> Catalog:
    """A catalogue without translations of all messages in the source."""
    catalog = Catalog()
    for path in files():
        for message, context in messages_of(ROOT / path):
            catalog.add(message, context=context)
    return catalog


def files() -> list[Path]:
    """The modules and templates, as paths from here."""
    found = (path for name in SOURCES for path in (ROOT / name).rglob("*"))
    return sorted(path.relative_to(ROOT) for path in found if path.suffix in {".py", ".html"})


def messages_of(path: Path) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    """The messages in a file, each with its context; those with a plural as a tuple."""
    source = path.read_text()
    if path.suffix == ".html":  # within brackets, where indentation means nothing
        source = f"({templatize(source, origin=str(path))}\n)"
    for _, message, _, context in extract("python", BytesIO(source.encode()), keywords=KEYWORDS):
        yield message, context


def catalogues() -> dict[str, Path]:
    """The .po of each language."""
    return {path.parts[-3]: path for path in sorted((ROOT / "locale").glob("*/LC_MESSAGES/django.po"))}


def read(path: Path) -> Catalog:
    """The catalogue of a .po."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def compiled(catalog: Catalog) -> bytes:
    """The content of its .mo."""
    file = BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def key(message: Message) -> tuple[str | None, tuple[str, ...]]:
    """What identifies a message: its context, and its text with the plural."""
    return message.context, forms(message.id)


def forms(texts: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """The singular, and the plurals if there are any."""
    return (texts,) if isinstance(texts, str) else tuple(texts)


def placeholders(text: str) -> list[str]:
    """The names in `%(name)s`, sorted, each as often as it is there."""
    return sorted(PLACEHOLDER.findall(text))


class Shown(HTMLParser):
    """What people read or hear of a page, a line for each text; without elements in another `lang`."""

    def __init__(self, html: str, language: str) -> None:
        super().__init__()
        self.language = language
        self.lines: list[str] = []
        self.foreign = ""  # the element in another language that is open
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if dict(attrs).get("lang", self.language) != self.language:
            self.foreign = tag
        self.lines += [value or "" for name, value in attrs if name in SPOKEN]

    def handle_endtag(self, tag: str) -> None:
        if tag == self.foreign:
            self.foreign = ""

    def handle_data(self, data: str) -> None:
        if not self.foreign:
            self.lines.append(" ".join(data.split()))


@cache
def english(language: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Whole texts that are otherwise in this language, and long parts between the placeholders of such."""
    catalog = [message for message in read(catalogues()[language]) if message.id]
    spoken = "\n".join(text for message in catalog for text in forms(message.string))
    texts = {text for message in catalog for text in forms(message.id) if text not in forms(message.string)}
    parts = {part.strip() for text in texts for part in PLACEHOLDER.split(text) if part.count(" ") > 2}
    return frozenset(texts), tuple(part for part in parts if len(part) >= PART and part not in spoken)


def english_left(html: str, language: str) -> list[str]:
    """The texts of a page in this language that are in English."""
    texts, parts = english(language)
    lines = Shown(html, language).lines
    page = "\n".join(lines)
    return sorted({line for line in lines if line in texts} | {part for part in parts if part in page})


def renew(path: Path) -> None:
    """Bring a .po and its .mo up to date with the source."""
    catalog, source = read(path), extracted()
    known = {key(message): message for message in catalog if message.id}
    same = {name: getattr(catalog, name) for name in ("header_comment", "creation_date", "revision_date")}
    new = Catalog(path.parts[-3], project="invitation desk", fuzzy=False, **same)
    for message in source:
        if message.id:
            old = known.get(key(message), Message(""))
            notes = {"user_comments": old.user_comments, "context": message.context}
            new.add(message.id, old.string, **notes)
    with path.open("wb") as file:
        write_po(file, new, width=110, sort_output=True, omit_header=False)
    path.with_suffix(".mo").write_bytes(compiled(new))
    missing = [message for message in new if message.id and not all(forms(message.string))]
    print(f"{path.relative_to(ROOT)}: {len(new)} messages, {len(missing)} without a translation")


if __name__ == "__main__":
    for each in catalogues().values():
        renew(each)
