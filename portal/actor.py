"""The person behind a request, as the audit log and the services know them."""

from dataclasses import dataclass, field
from uuid import UUID, uuid4

from django.http import HttpRequest

from portal.models import User

PORTAL = UUID(int=0)  # the workspace of what happens before anybody is known


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
        address=request.META.get("REMOTE_ADDR", ""),
        agent=request.META.get("HTTP_USER_AGENT", "")[:500],
    )
