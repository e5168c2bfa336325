"""What every answer tells the browser beside Django's own headers and the Content-Security-Policy."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

FEATURES = (
    *("accelerometer", "autoplay", "bluetooth", "browsing-topics", "camera", "clipboard-read"),
    *("clipboard-write", "display-capture", "encrypted-media", "fullscreen", "gamepad", "geolocation"),
    *("gyroscope", "hid", "identity-credentials-get", "idle-detection", "local-fonts", "magnetometer"),
    *("microphone", "midi", "otp-credentials", "payment", "picture-in-picture"),
    *("publickey-credentials-create", "publickey-credentials-get", "screen-wake-lock", "serial"),
    *("storage-access", "usb", "web-share", "window-management", "xr-spatial-tracking"),
)  # all that browsers would let a page ask for, and no page here needs
STRICT = {
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in FEATURES),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Origin-Agent-Cluster": "?1",
    "X-Permitted-Cross-Domain-Policies": "none",
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
