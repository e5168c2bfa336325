"""The page texts of each `SignInRefusal`."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.signals import SignInRefusal


@dataclass(frozen=True)
class RefusalText:
    """The texts of one page."""

    title: Promise
    text: Promise
    next_step: Promise


REFUSAL_TEXTS: dict[str, RefusalText] = {
    SignInRefusal.DENIED: RefusalText(
        _("You didn't allow access"),
        _("We need your permission to send invitations from your awork account."),
        _("Sign in again and allow access."),
    ),
    SignInRefusal.STATE: RefusalText(
        _("This sign-in has expired"),
        _("It was started in another browser, took longer than ten minutes or was already used."),
        _("Sign in again."),
    ),
    SignInRefusal.IDENTITY: RefusalText(
        _("Unexpected response from awork"),
        _("awork's response was about another person, so we ended your sign-in. Nothing was changed."),
        _("Sign in again. If this keeps happening, contact the administrator of this desk."),
    ),
    SignInRefusal.WORKSPACE: RefusalText(
        _("This desk is for another workspace"),
        _("You're signed in to an awork workspace that doesn't use this desk."),
        _(
            "If you belong to several workspaces, sign in again and choose the right one. "
            "Otherwise, contact the administrator of this desk."
        ),
    ),
    SignInRefusal.GUEST: RefusalText(
        _("Guests can't invite"),
        _("You're a guest in this workspace. Only members can use this desk."),
        _("Ask a project manager of the workspace to send the invitation."),
    ),
    SignInRefusal.BLOCKED: RefusalText(
        _("Your access is blocked"),
        _("Your access to this workspace has been blocked."),
        _("Contact an administrator of the workspace."),
    ),
    SignInRefusal.DEACTIVATED: RefusalText(
        _("Your account is deactivated"),
        _("Your awork account has been deactivated in this workspace."),
        _("Contact an administrator of the workspace."),
    ),
    SignInRefusal.UNREACHABLE: RefusalText(
        _("Can't reach awork"),
        _("We couldn't connect to awork to sign you in."),
        _("Wait a moment, then sign in again."),
    ),
    SignInRefusal.NONSENSE: RefusalText(
        _("Unexpected response from awork"),
        _("We couldn't read the response from awork, so you aren't signed in."),
        _("Sign in again. If this keeps happening, contact the administrator of this desk."),
    ),
    SignInRefusal.CREDENTIALS: RefusalText(
        _("Can't sign in to awork"),
        _("The portal's credentials at awork are wrong."),
        _("Tell an administrator."),
    ),
}
