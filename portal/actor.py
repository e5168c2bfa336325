"""The actor behind a change, as the audit log records it."""

import getpass
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest

from portal.models import User

PORTAL_WORKSPACE = UUID(int=0)  # the workspace of events that belong to none, such as a refused sign-in
USER_AGENT_LENGTH = 500  # characters


@dataclass(frozen=True)
class Actor:
    """A person or the system, with copies of the current name and origin.

    Visitors have no `id` and belong to `PORTAL_WORKSPACE`. All events of one request have its `request_id`.
    """

    workspace: UUID
    id: UUID | None
    name: str
    email: str
    ip_address: str
    user_agent: str
    request_id: UUID = field(default_factory=uuid4)


def for_request(request: HttpRequest) -> Actor:
    """The actor of this request, created once, and again where a sign-in changed who that is."""
    user = request.user if isinstance(request.user, User) else None
    person: dict[str, Any] = {
        "workspace": user.workspace_id if user else PORTAL_WORKSPACE,
        "id": user.awork_id if user else None,
        "name": user.name if user else "",
        "email": user.email if user else "",
    }
    actor: Actor | None = getattr(request, "_actor", None)
    if actor is None:
        actor = Actor(**person, **origin(request))
    elif any(getattr(actor, name) != value for name, value in person.items()):
        actor = replace(actor, **person)
    request._actor = actor  # type: ignore[attr-defined]
    return actor


def for_user(user: User) -> Actor:
    """A user outside a request."""
    return Actor(user.workspace_id, user.awork_id, user.name, user.email, ip_address="", user_agent="")


def for_system(workspace: UUID) -> Actor:
    """The desk itself, working in the background."""
    return Actor(workspace=workspace, id=None, name="Invitation desk", email="", ip_address="", user_agent="")


def for_command(workspace: UUID, command: str) -> Actor:
    """The operating system account that runs a management command."""
    try:
        account = getpass.getuser()
    except (KeyError, OSError):
        account = "?"
    name = f"{account} (manage.py {command})"
    return Actor(workspace=workspace, id=None, name=name, email="", ip_address="", user_agent="")


def origin(request: HttpRequest) -> dict[str, Any]:
    """IP address (already corrected by `TrustedProxies`), user agent and id of the request."""
    return {
        "ip_address": request.META.get("REMOTE_ADDR", ""),
        "user_agent": request.META.get("HTTP_USER_AGENT", "")[:USER_AGENT_LENGTH],
        "request_id": getattr(request, "request_id", None) or uuid4(),
    }
