"""Checks of every template: translatable text, no inline code that violates the CSP."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

ROOTS = [Path(settings.BASE_DIR) / one for one in ("templates", "portal/standin/templates")]
FILES = {path.relative_to(root).as_posix(): path for root in ROOTS for path in sorted(root.rglob("*.html"))}
TEMPLATES = list(FILES)
SPOKEN = (
    *("title", "alt", "placeholder", "aria-label", "label"),
    *("data-label", "data-announce", "data-copy", "data-slow"),
)
TRANSLATED = re.compile(
    r"{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}|{%\s*comment\b.*?{%\s*endcomment\s*%}"
    r"|{#.*?#}|{%.*?%}|{{.*?}}",
    re.DOTALL,
)


class Markup(HTMLParser):
    """Collects what people would read, and what the Content-Security-Policy would stop."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.stopped: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = [tag] if tag in {"script", "style"} else []
        names = {name for name, _ in attrs}
        if tag == "style" or (tag == "script" and "src" not in names):
            self.stopped.append(f"<{tag}>")
        self.stopped += [name for name in names if name == "style" or name.startswith(("on", "hx-on"))]
        for name, value in attrs:
            if name in SPOKEN:
                self.handle_data(value or "")
            if name.startswith("hx-") and re.search(r"\bjs:|javascript:|\[", value or ""):
                self.stopped.append(f"{name}={value}")

    def handle_data(self, data: str) -> None:
        if not self.inside and re.search(r"[^\W\d_]", data):
            self.words.append(data.strip())

    def handle_endtag(self, tag: str) -> None:
        self.inside = []


def read(source: str) -> Markup:
    """The markup that is left of a template without its tags, and without what is translated."""
    markup = Markup()
    markup.feed(TRANSLATED.sub("", source))
    markup.close()
    return markup


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_visible_text_is_translatable(name: str) -> None:
    assert read(FILES[name].read_text()).words == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_inline_code_violates_the_csp(name: str) -> None:
    assert read(FILES[name].read_text()).stopped == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_compiles(name: str) -> None:
    get_template(name)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<p>Sign in</p>", ["Sign in"]),
        ('<p>{% translate "Sign in" %} - 12</p>', []),
        ("{% blocktranslate %}Hello <b>{{ name }}</b>{% endblocktranslate %}", []),
        ('<img alt="A cat">', ["A cat"]),
        ("{% if x > 1 %}More{% endif %}", ["More"]),
    ],
)
def test_the_translation_check_can_fail(source: str, words: list[str]) -> None:
    assert read(source).words == words


@pytest.mark.parametrize(
    "source",
    [
        "<script>1</script>",
        "<style>p {}</style>",
        '<p style="color: red">',
        '<a onclick="x()">',
        '<a hx-on:click="x()">',
        "<a hx-vals='js:{a: 1}'>",
        '<a hx-trigger="click[ctrlKey]">',
    ],
)
def test_the_inline_code_check_can_fail(source: str) -> None:
    assert read(source).stopped


def test_templates_are_formatted() -> None:
    tool = Path(sys.executable).with_name("djangofmt")
    outcome = subprocess.run([tool, "--check", *ROOTS], capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr
