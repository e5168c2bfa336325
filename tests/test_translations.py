"""Every catalogue in `locale/` translates every message of the source, completely and as it is compiled."""

import re
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.catalog import Message
from django.conf import settings

from tests import translations
from tests.translations import forms, key, placeholders

LANGUAGES = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
RENEW = "run .venv/bin/python -m tests.translations, translate what is missing, and run it again"


@pytest.fixture(scope="module")
def source() -> Catalog:
    return translations.extracted()


@pytest.fixture(scope="module", params=LANGUAGES)
def catalog(request: pytest.FixtureRequest) -> Catalog:
    return translations.read(path_of(request.param))


def path_of(language: str) -> Path:
    return translations.catalogues()[language]


def problems(message: Message, plurals: int) -> list[str]:
    """What is wrong with the translation of a message."""
    found = []
    if message.fuzzy:
        found.append("fuzzy")
    expected, texts = forms(message.id), forms(message.string)
    if not all(texts):
        found.append("not translated")
    if len(texts) != (plurals if message.pluralizable else 1):
        found.append("wrong number of plurals")
    for number, text in enumerate(texts):
        wanted = {*map(tuple, map(placeholders, expected[-1:] if number else expected))}
        if text and tuple(placeholders(text)) not in wanted:
            found.append("other placeholders")
        if text and re.search(r"%(?![(%])", text) and "%(" in expected[0]:
            found.append("a single percent sign")
    return found


def test_every_language_has_a_catalogue() -> None:
    assert sorted(translations.catalogues()) == sorted(LANGUAGES)


def test_every_message_of_the_source_is_there_and_no_other(source: Catalog, catalog: Catalog) -> None:
    wanted = {key(message) for message in source if message.id}
    there = {key(message) for message in catalog if message.id}
    assert (sorted(map(str, wanted - there)), sorted(map(str, there - wanted))) == ([], []), RENEW
    assert not catalog.obsolete, RENEW


def test_every_translation_is_complete(catalog: Catalog) -> None:
    wrong = [
        (message.id, what)
        for message in catalog
        if message.id
        for what in problems(message, catalog.num_plurals)
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_translated(language: str) -> None:
    path = path_of(language)
    assert path.with_suffix(".mo").read_bytes() == translations.compiled(translations.read(path)), RENEW


@pytest.mark.parametrize(
    ("message", "found"),
    [
        (Message("Send", "Senden"), []),
        (Message("Send", ""), ["not translated"]),
        (Message("Send", "Senden", flags=["fuzzy"]), ["fuzzy"]),
        (Message("Hello %(name)s", "Hallo"), ["other placeholders"]),
        (Message("Hello %(name)s", "Hallo %(nme)s"), ["other placeholders"]),
        (Message("%(n)s of %(n)s", "%(n)s"), ["other placeholders"]),
        (Message("At %(n)s %%", "Bei %(n)s %"), ["a single percent sign"]),
        (Message(("%(n)s task", "%(n)s tasks"), ("%(n)s Aufgabe", "%(n)s Aufgaben")), []),
        (Message(("one task", "%(n)s tasks"), ("%(n)s Aufgabe", "%(n)s Aufgaben")), []),
        (Message(("one task", "%(n)s tasks"), ("eine Aufgabe", "Aufgaben")), ["other placeholders"]),
        (Message(("%(n)s task", "%(n)s tasks"), ("%(n)s Aufgabe",)), ["wrong number of plurals"]),
        (Message(("%(n)s task", "%(n)s tasks"), ("%(n)s Aufgabe", "")), ["not translated"]),
    ],
    ids=lambda value: " ".join(forms(value.id)) + str(value.string) if isinstance(value, Message) else "",
)
def test_an_incomplete_translation_is_noticed(message: Message, found: list[str]) -> None:
    assert problems(message, 2) == found


def test_messages_of_templates_and_of_python_are_extracted(tmp_path: Path) -> None:
    page, module = tmp_path / "page.html", tmp_path / "module.py"
    page.write_text(
        '{% translate "One" %} {{ x|default:_("Two") }} {% translate "Three" context "number" %}\n'
        "    <p>{% blocktranslate count n=n trimmed %}\n{{ n }} task"
        "{% plural %}{{ n }} tasks{% endblocktranslate %}"
    )
    module.write_text(
        'gettext_lazy("One")\npgettext_lazy("number", "Two")\ngettext_noop("Three" " and four")\n'
    )
    assert [*translations.messages_of(page)] == [
        *(("One", None), ("Two", None), ("Three", "number"), (("%(n)s task", "%(n)s tasks"), None)),
    ]
    assert [*translations.messages_of(module)] == [("One", None), ("Two", "number"), ("Three and four", None)]


FIXED = re.compile(r"""["'][jNMFYH][ .:,]+[jNMFYHi .:,]+["']""")


def test_dates_have_the_form_of_the_readers_language() -> None:
    paths = [path for path in translations.files() if path.name != "formats.py"]
    assert [path for path in paths if FIXED.search((translations.ROOT / path).read_text())] == []


def test_a_date_in_a_fixed_form_is_noticed() -> None:
    assert FIXED.findall("{{ day|date:\"j M Y\" }} date_format(day, 'H:i')") == ['"j M Y"', "'H:i'"]
    assert FIXED.findall('{{ day|date:"DATE_FORMAT" }} {{ at|date:"Y-m-d H:i" }}') == []
