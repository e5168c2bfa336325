"""What every page tells the browser beside Django's own headers and the Content-Security-Policy.

Static files are answered before: what rules a page rules what it loads.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

# What a page could ask people or their machine for, and no page here needs.
FEATURES = ("camera", "clipboard-read", "display-capture", "geolocation", "microphone", "payment", "usb")
STRICT = {
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in FEATURES),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
KEPT_BY_NOBODY = "private, no-store"


class StrictHeaders:
    """Allows nothing that no page needs, and lets nobody keep a page that does not say otherwise."""

    def __init__(self, handler: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.handler = handler

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.handler(request)
        for name, value in STRICT.items():
            response[name] = value
        response.headers.setdefault("Cache-Control", KEPT_BY_NOBODY)
        return response
