"""Which static files are collected, and the headers that they are served with."""

from wsgiref.headers import Headers

from django.contrib.staticfiles.apps import StaticFilesConfig

# No page's: a file opened by itself, such as an icon, runs nothing and is framed by no one.
FILE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class StaticFiles(StaticFilesConfig):
    """Leaves out the editions of htmx that no page loads: compressing them takes a second."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "ext", "htmx-4*", "htmax-4*", "htmx-2.js"]


def add_headers(headers: Headers, _path: str, _url: str) -> None:
    """Add to a file's headers; those that only mean something for pages are as long as a small file."""
    for name, value in FILE_HEADERS.items():
        headers[name] = value
