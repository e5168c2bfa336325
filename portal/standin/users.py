"""Operations on users: what becomes of a guest."""

from dataclasses import dataclass, replace
from uuid import UUID

from portal.standin.entities import Project, StandinUser
from portal.standin.errors import ApiError, invalid_operation
from portal.standin.queries import ReadOnlyWorld

GUESTS_PER_SEAT = 3


@dataclass(frozen=True)
class PrivateProjects:
    """What became of a deactivated user's private projects."""

    deleted: int = 0
    reassigned: int = 0


class UserWorld(ReadOnlyWorld):
    """What happens to users."""

    def seat_thirds_used(self, workspace: UUID) -> int:
        """Used seats in thirds: one for each active guest, three for any other active user."""
        active = [
            one for one in self.people.values() if one.workspace_id == workspace and not one.is_deactivated
        ]
        return sum(map(self.seat_thirds, active))

    def seat_thirds(self, person: StandinUser) -> int:
        """What an active user takes."""
        return 1 if self.role_of(person).is_guest else GUESTS_PER_SEAT

    def require_seat(self, workspace: UUID, thirds: int) -> None:
        """Raise an error unless so much is free."""
        if self.seat_thirds_used(workspace) + thirds > self.workspaces[workspace].seats * GUESTS_PER_SEAT:
            raise ApiError(400, "insufficient-seats", "There is no free licence.")

    def accept_invitation(self, person: StandinUser) -> StandinUser:
        """Mark the invitation as accepted, at the first sign-in."""
        with self.lock:
            if person.invitation_accepted:
                return person
            joined = self.change(person, invitation_accepted=True, about="")
            self.on_user_event("user_status_changed", joined, joined)
            return joined

    def deactivate(self, by: StandinUser, user_id: UUID) -> PrivateProjects:
        """Deactivate a user: private projects go to another member, or are deleted if there is none."""
        with self.lock:
            person = self.user(by, user_id)
            if person.is_deactivated:
                raise ApiError(400, "deactivated-user", "The user is already deactivated.")
            if self.is_last_admin(person):
                raise invalid_operation("The last administrator can't be deactivated.")
            private = [
                one
                for one in self.projects.values()
                if one.is_private and (one.created_by == person.id or one.members == {person.id})
            ]
            for project in private:
                self.leave_private_project(project, person)
            self.on_user_event("user_activation_changed", self.change(person, is_deactivated=True), by)
            deleted = sum(one.id not in self.projects for one in private)
            return PrivateProjects(deleted, len(private) - deleted)

    def is_last_admin(self, person: StandinUser) -> bool:
        """Whether nobody else who is active is an administrator of the workspace."""
        return self.role_of(person).is_admin and not any(
            self.role_of(one).is_admin
            for one in self.people.values()
            if one.workspace_id == person.workspace_id and one.id != person.id and not one.is_deactivated
        )

    def leave_private_project(self, project: Project, person: StandinUser) -> None:
        """Give a private project to another member, or delete it with its tasks."""
        others = project.members - {person.id}
        if others:
            successor = min(others)
            self.projects[project.id] = replace(project, members=others, created_by=successor)
            return
        del self.projects[project.id]
        self.tasks = {key: one for key, one in self.tasks.items() if one.project_id != project.id}

    def activate(self, by: StandinUser, user_id: UUID) -> None:
        """Let a deactivated user sign in again, which takes a seat."""
        with self.lock:
            person = self.user(by, user_id)
            if not person.is_deactivated:
                raise invalid_operation("The user is active.")
            self.require_seat(person.workspace_id, self.seat_thirds(person))
            self.on_user_event("user_activation_changed", self.change(person, is_deactivated=False), by)

    def archive(self, by: StandinUser, person: StandinUser) -> None:
        """Archive a user."""
        self.on_user_event("user_status_changed", self.change(person, is_archived=True), by)

    def move_to_connect(self, by: StandinUser, person: StandinUser) -> None:
        """Let a guest take part from a workspace of their own; awork deletes the user here later."""
        self.on_user_event("user_status_changed", self.change(person, is_external=True), by)

    def delete(self, by: StandinUser, person: StandinUser) -> None:
        """Remove a user from the workspace: their id is unknown from now on."""
        with self.lock:
            for task in [one for one in self.tasks.values() if one.is_assigned(person.id)]:
                others = tuple(one for one in task.assignees if one.user_id != person.id)
                self.tasks[task.id] = replace(task, assignees=others)
            for project in [one for one in self.projects.values() if person.id in one.members]:
                self.projects[project.id] = replace(project, members=project.members - {person.id})
            self.on_user_event("user_deleted", person, by)
            del self.people[person.id]
