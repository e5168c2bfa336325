"""What an event is about."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True)
class Snapshot:
    """The task, role and guest of an invitation, as they are now.

    Fields have the names that they have in `Invitation`, `Event` and `Person`, which are filled by name.
    """

    invitation: UUID | None = None  # None until it is saved
    task_id: UUID | None = None
    task_key: str = ""
    task_name: str = ""
    project_id: UUID | None = None
    project_name: str = ""
    role_id: UUID | None = None
    role_name: str = ""
    guest_id: UUID | None = None
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    gender: str = ""
    ends_on: date | None = None

    @property
    def has_guest(self) -> bool:
        """Whether anything identifies a guest."""
        return bool(self.guest_id or self.email or self.first_name or self.last_name)
