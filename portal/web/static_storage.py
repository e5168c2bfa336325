"""How static files are collected."""

from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from rcssmin import cssmin
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

OURS = ("css/", "js/")
MINIFIERS = {"css": cssmin, "js": jsmin}


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # comes without types
    """Collects our own files without comments and blanks, which are for people who read the source."""

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        """Save a file."""
        name = name or ""
        if name.startswith(OURS) and (minify := MINIFIERS.get(name.rpartition(".")[2])):
            content = ContentFile(minify(content.read().decode()).encode())
        return str(super().save(name, content, max_length))

    def post_process(self, paths: dict[str, Any], *args: Any, **options: Any) -> Iterator[Any]:
        """Hash and compress what was saved: Django would take the sources."""
        yield from super().post_process({name: (self, name) for name in paths}, *args, **options)
