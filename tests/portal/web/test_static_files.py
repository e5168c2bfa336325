"""Which static files are collected, and with which headers they are served."""

from pathlib import Path

from django.conf import settings
from django.templatetags.static import static

from portal.web.static_files import FILE_HEADERS


def test_one_edition_of_htmx_is_collected():
    collected = {path.name for path in Path(settings.STATIC_ROOT, "django_htmx").glob("*.js")}
    plain = {name for name in collected if name.count(".") < 3 and not name.startswith("django")}
    assert plain == {"htmx-2.min.js"}


def test_extensions_are_not_collected():
    assert not Path(settings.STATIC_ROOT, "django_htmx", "ext").exists()


def test_a_file_has_the_headers_of_a_file(client):
    answer = client.get(static("js/desk.js"))
    assert answer.status_code == 200
    assert {name: answer.headers.get(name) for name in FILE_HEADERS} == FILE_HEADERS
    assert "immutable" in answer["Cache-Control"]


def test_headers_of_a_file_are_short(client):
    answer = client.get(static("icon.svg"))
    assert sum(len(name) + len(value) + 4 for name, value in answer.items()) < 450
