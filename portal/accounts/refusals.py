"""Why somebody may not sign in: a closed set, each with its sentences."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class RefusalText:
    """What the page says."""

    title: Promise
    text: Promise
    next_step: Promise


REFUSAL_TEXTS = {
    "denied": RefusalText(
        _("You did not give access"),
        _("The portal acts in awork as you, and for that it needs your agreement. Nothing was changed."),
        _("Sign in again and choose to allow access."),
    ),
    "state": RefusalText(
        _("This sign-in cannot be finished"),
        _(
            "It was begun in another browser, took longer than ten minutes, or has been used already. "
            "Nothing was changed."
        ),
        _("Sign in again from here."),
    ),
    "workspace": RefusalText(
        _("This portal is for another workspace"),
        _("You are signed in to an awork workspace that does not use this portal."),
        _(
            "If you belong to several workspaces, sign in again and choose the right one. "
            "Otherwise ask whoever runs this portal."
        ),
    ),
    "guest": RefusalText(
        _("Guests cannot invite"),
        _("You are a guest in this workspace, and guests cannot use this portal."),
        _("Ask a project manager of the workspace to send the invitation."),
    ),
    "blocked": RefusalText(
        _("Your access is blocked"),
        _("awork says that your access to this workspace is blocked."),
        _("Ask an administrator of the workspace."),
    ),
    "deactivated": RefusalText(
        _("Your account is deactivated"),
        _("awork says that you have been deactivated in this workspace."),
        _("Ask an administrator of the workspace."),
    ),
    "unreachable": RefusalText(
        _("awork does not answer"),
        _("The portal could not reach awork, so it does not know who you are."),
        _("Wait a moment, then sign in again."),
    ),
    "nonsense": RefusalText(
        _("awork answered something unexpected"),
        _("The portal could not make sense of what awork answered, so you are not signed in."),
        _("Sign in again. If it happens again, tell whoever runs this portal."),
    ),
}
