"""What debug pages and error reports show."""

from collections.abc import ItemsView
from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

SENSITIVE_MODULES = (
    "portal.awork",
    "portal.accounts",
    "httpx",
    "httpcore",
    "h11",
    "oauthlib",
    "cryptography",
)


class TokenSafeReporterFilter(SafeExceptionReporterFilter):
    """Hides the variables of frames that handle tokens, even with DEBUG."""

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> ItemsView[str, Any]:
        module = str(tb_frame.f_globals.get("__name__", ""))
        if any(module == name or module.startswith(f"{name}.") for name in SENSITIVE_MODULES):
            return dict[str, Any]().items()
        return super().get_traceback_frame_variables(request, tb_frame)
