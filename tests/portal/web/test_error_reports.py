"""What an error report may show of a failure."""

import sys
from types import SimpleNamespace

import pytest

from portal.web.error_reports import TokenSafeReporterFilter

CODE = "def fail(token):\n    raise ZeroDivisionError\n"


def frame_of(module):
    """A frame of a function in this module that holds a token."""
    scope = {"__name__": module}
    exec(CODE, scope)  # noqa: S102  # a module of any name, without writing one
    try:
        scope["fail"]("very secret")
    except ZeroDivisionError:
        return sys.exc_info()[2].tb_next.tb_frame


@pytest.mark.parametrize(
    "module",
    [
        "portal.awork.http",
        "portal.accounts.views.sign_in",
        "httpx",
        "httpx._client",
        "oauthlib.oauth2",
        "h11",
    ],
)
def test_frames_through_which_tokens_pass_show_nothing(module, settings):
    settings.DEBUG = True

    assert list(TokenSafeReporterFilter().get_traceback_frame_variables(None, frame_of(module))) == []


@pytest.mark.parametrize("module", ["invites.views.invite", "portal.aworkish", "httpx_like"])
def test_other_frames_show_their_variables(module, settings):
    settings.DEBUG = True
    shown = TokenSafeReporterFilter().get_traceback_frame_variables(SimpleNamespace(), frame_of(module))

    assert ("token", "very secret") in list(shown)
