"""Our static files are collected without comments and indentation."""

from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import storage

from portal.web.static_storage import strip

OURS = sorted(path for path in Path(settings.BASE_DIR, "static").rglob("*") if path.suffix in {".js", ".css"})


@pytest.mark.parametrize(
    ("kind", "source", "stripped"),
    [
        (".js", "// why\nlet a = 1; // how\n\n  let b = '// no';\n", "let a = 1; // how\nlet b = '// no';\n"),
        (".css", "/* why\n */\na {\n    color: red; /* how */\n}\n", "a {\ncolor: red;\n}\n"),
    ],
)
def test_comments_and_indentation_go(kind, source, stripped):
    assert strip(source, kind).replace(" \n", "\n") == stripped


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_no_text_of_ours_goes_over_several_lines(path):
    for line in path.read_text().splitlines():
        assert line.count("`") % 2 == 0
        assert line.rstrip().endswith("\\") is False


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_what_is_collected_is_shorter(path):
    name = path.relative_to(settings.BASE_DIR / "static").as_posix()
    served = Path(settings.STATIC_ROOT, storage.staticfiles_storage.stored_name(name))
    assert len(served.read_bytes()) < 0.9 * len(path.read_bytes())
