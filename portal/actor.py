"""The person behind a request, as the audit log and the services know them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from django.http import HttpRequest

from portal.awork.shapes import Me
from portal.models import User

PORTAL = UUID(int=0)  # the workspace of what happens before anybody is known
NAME_LENGTH = 1000  # characters
AGENT_LENGTH = 500  # characters


@dataclass(frozen=True)
class Actor:
    """Who does something and from where; names are copied as they are now.

    `workspace` is `PORTAL` and `id` is None where nobody is known, as in a refused sign-in.
    All that one request does shares its `correlation`.
    """

    workspace: UUID
    id: UUID | None
    name: str
    email: str
    address: str
    agent: str
    correlation: UUID = field(default_factory=uuid4)


def of(request: HttpRequest, user: User | None = None) -> Actor:
    """The actor of this request; `user` where somebody has just been recognised."""
    person = user or (request.user if isinstance(request.user, User) else None)
    return Actor(
        workspace=person.workspace_id if person else PORTAL,
        id=person.awork_id if person else None,
        name=person.name if person else "",
        email=person.email if person else "",
        address=_address(request),
        agent=_agent(request),
    )


def person(user: User) -> Actor:
    """Somebody wherever they are, for what has no request."""
    return Actor(user.workspace_id, user.awork_id, user.name, user.email, address="", agent="")


def portal(workspace: UUID) -> Actor:
    """The portal itself, at work in the background."""
    return Actor(workspace=workspace, id=None, name="Invitation desk", email="", address="", agent="")


def refused(request: HttpRequest, me: Me, workspaces: Iterable[UUID]) -> Actor:
    """Somebody whom awork knows and the portal does not let in.

    What happens to people of other workspaces belongs to the portal: theirs has no log here.
    """
    listed = set(workspaces)
    return Actor(
        workspace=me.workspace.id if not listed or me.workspace.id in listed else PORTAL,
        id=me.person.id,
        name=me.person.name[:NAME_LENGTH],
        email=me.person.email[:NAME_LENGTH],
        address=_address(request),
        agent=_agent(request),
    )


def _address(request: HttpRequest) -> str:
    """Where the request came from, as `portal.proxies` found it."""
    address: str = request.META.get("REMOTE_ADDR", "")
    return address


def _agent(request: HttpRequest) -> str:
    agent: str = request.META.get("HTTP_USER_AGENT", "")
    return agent[:AGENT_LENGTH]
