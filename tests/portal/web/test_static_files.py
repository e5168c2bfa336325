"""Which static files are collected."""

from pathlib import Path

from django.conf import settings


def test_one_edition_of_htmx_is_collected():
    collected = {path.name for path in Path(settings.STATIC_ROOT, "django_htmx").glob("*.js")}
    plain = {name for name in collected if name.count(".") < 3 and not name.startswith("django")}
    assert plain == {"htmx-2.min.js"}


def test_extensions_are_not_collected():
    assert not Path(settings.STATIC_ROOT, "django_htmx", "ext").exists()
