"""What README.md and OPERATIONS.md refer to is there."""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[1]
PAGES = ["README.md", "OPERATIONS.md"]
LARGEST = 60_000  # bytes of a picture
LINK = re.compile(r"\]\((?!https:)([^)#]+)(?:#([^)]+))?\)")


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings."""
    return {heading.lower().replace(" ", "-") for heading in re.findall(r"^##+ (.+)$", text, re.MULTILINE)}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page):
    for name, anchor in LINK.findall((HERE / page).read_text()):
        target = HERE / name
        assert target.is_file(), name
        assert not anchor or anchor in anchors(target.read_text()), anchor
    text = (HERE / page).read_text()
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors(text)


def test_the_pictures_are_small():
    pictures = [HERE / name for name, _ in LINK.findall((HERE / "README.md").read_text()) if "docs/" in name]
    assert len(pictures) == 3
    assert [picture.name for picture in pictures if picture.stat().st_size > LARGEST] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_management_command_exists(page):
    for name in set(re.findall(r"manage\.py (\w+)", (HERE / page).read_text())) - {
        "migrate",
        "collectstatic",
        "check",
    }:
        assert list(HERE.glob(f"*/**/management/commands/{name}.py")), name


def test_the_buttons_that_auditors_look_for_are_there():
    readme = (HERE / "README.md").read_text()
    auditors = readme.partition("## For auditors")[2].partition("\n## ")[0]
    shown = "".join(path.read_text() for path in (HERE / "templates" / "audit").iterdir())
    named = {" ".join(name.split()) for name in re.findall(r"\*([A-Z][^*]+)\*", auditors)}
    assert named == {name for name in named if f'"{name}"' in shown}
    assert len(named) >= 5


def test_the_ci_run_calls_the_tests_as_the_readme_does():
    assert ".venv/bin/pytest\n" in (HERE / "README.md").read_text()
    assert re.search(r'"\$bin/pytest"$', (HERE / ".ci" / "run").read_text(), re.MULTILINE)
