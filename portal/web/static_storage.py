"""How static files are collected."""

import re
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

OURS = ("css/", "js/")
# They are for people who read the source. No line of ours begins like that within a text: a test looks.
COMMENTS = {".css": re.compile(r"/\*.*?\*/", re.DOTALL), ".js": re.compile(r"^\s*//.*$", re.MULTILINE)}
BLANK = re.compile(r"\n\s*")


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # comes without types
    """Collects our own files without comments and indentation, which are a quarter of what browsers load."""

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        """Save a file."""
        kind = (name or "")[(name or "").rfind(".") :]
        if (name or "").startswith(OURS) and kind in COMMENTS:
            content = ContentFile(strip(content.read().decode(), kind).encode())
        return str(super().save(name, content, max_length))

    def post_process(self, paths: dict[str, Any], *args: Any, **options: Any) -> Iterator[Any]:
        """Hash and compress what was saved: Django would take the sources."""
        yield from super().post_process({name: (self, name) for name in paths}, *args, **options)


def strip(source: str, kind: str) -> str:
    """The source, a script or a style sheet by its ending, without what browsers ignore."""
    return BLANK.sub("\n", COMMENTS[kind].sub("", source)).strip() + "\n"
