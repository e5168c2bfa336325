"""Our static files are collected without comments and blanks."""

from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import storage
from django.contrib.staticfiles.finders import find

OURS = sorted(path for path in Path(settings.BASE_DIR, "static").rglob("*") if path.suffix in {".js", ".css"})


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_what_is_collected_is_a_fifth_shorter(path):
    name = path.relative_to(settings.BASE_DIR / "static").as_posix()
    served = Path(settings.STATIC_ROOT, storage.staticfiles_storage.stored_name(name))
    assert len(served.read_bytes()) < 0.8 * len(path.read_bytes())


def test_what_others_ship_is_collected_as_it_is():
    name = storage.staticfiles_storage.stored_name("django_htmx/htmx-2.min.js")
    assert (
        Path(settings.STATIC_ROOT, name).read_bytes() == Path(find("django_htmx/htmx-2.min.js")).read_bytes()
    )
