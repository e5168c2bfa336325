"""Who acts, as services and the audit log know them."""

import getpass
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest

from portal.models import User

PORTAL_WORKSPACE = UUID(int=0)  # the workspace of events that belong to none, such as a refused sign-in
USER_AGENT_LENGTH = 500  # characters


@dataclass(frozen=True)
class Actor:
    """Who does something and from where; names are copied as they are now.

    `workspace` is `PORTAL_WORKSPACE` and `id` is None where the person is unknown. Everything that one
    request does carries its `request_id`.
    """

    workspace: UUID
    id: UUID | None
    name: str
    email: str
    ip_address: str
    user_agent: str
    request_id: UUID = field(default_factory=uuid4)


def for_request(request: HttpRequest, user: User | None = None) -> Actor:
    """The actor of this request, made once; pass `user` where they have just signed in."""
    person = user or (request.user if isinstance(request.user, User) else None)
    known: Actor | None = getattr(request, "_actor", None)
    if known is None or known.id != (person.awork_id if person else None):
        known = Actor(
            workspace=person.workspace_id if person else PORTAL_WORKSPACE,
            id=person.awork_id if person else None,
            name=person.name if person else "",
            email=person.email if person else "",
            **origin(request),
        )
        request._actor = known  # type: ignore[attr-defined]
    return known


def for_user(user: User) -> Actor:
    """A user outside of any request."""
    return Actor(user.workspace_id, user.awork_id, user.name, user.email, ip_address="", user_agent="")


def for_system(workspace: UUID) -> Actor:
    """The desk itself, working in the background."""
    return Actor(workspace=workspace, id=None, name="Invitation desk", email="", ip_address="", user_agent="")


def for_command(workspace: UUID, command: str) -> Actor:
    """The operating system's account that runs a management command."""
    try:
        account = getpass.getuser()
    except (KeyError, OSError):
        account = "?"
    name = f"{account} (manage.py {command})"
    return Actor(workspace=workspace, id=None, name=name, email="", ip_address="", user_agent="")


def origin(request: HttpRequest) -> dict[str, Any]:
    """Where the request comes from, and its id; the address is the one that `TrustedProxies` has found."""
    return {
        "ip_address": request.META.get("REMOTE_ADDR", ""),
        "user_agent": request.META.get("HTTP_USER_AGENT", "")[:USER_AGENT_LENGTH],
        "request_id": getattr(request, "request_id", None) or uuid4(),
    }
