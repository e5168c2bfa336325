"""The stand-in's data, lookups, and who may see what."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

from portal.standin.entities import (
    Activity,
    Comment,
    Project,
    Role,
    StandinUser,
    Task,
    Webhook,
    Workspace,
    stable_id,
)
from portal.standin.errors import forbidden, not_found
from portal.standin.seed import MAIN, seed_data, user_id

READ_PLANNING = ("project-planning-data", "read")
READ_PROJECTS = ("project-master-data", "read")
LIST_USERS = ("user-master-data", "read")
OnUserEvent = Callable[[str, StandinUser, StandinUser | None], None]
CLOSED_TYPES = frozenset({"done", "closed"})


class ReadOnlyWorld:
    """All records by id, in memory. `World` adds the operations that change them.

    `replaces`: whether assigning by e-mail unassigns everybody else, as awork does. `narrows_to_teams`:
    whether the workspace has the feature by which people see only the users of their own team.
    `on_user_event` is called with each event, its user and who caused it, as awork's webhooks are.
    """

    def __init__(self, tasks: int = 2000) -> None:
        self.lock = threading.RLock()
        self.seed = seed_data(tasks)
        self.on_user_event: OnUserEvent = lambda event, person, by: None
        self.reset()

    def reset(self) -> None:
        """Restore the seed data."""
        with self.lock:
            self.workspaces = dict(self.seed.workspaces)
            self.roles = dict(self.seed.roles)
            self.people = dict(self.seed.people)
            self.projects = dict(self.seed.projects)
            self.tasks = dict(self.seed.tasks)
            self.activities: list[Activity] = []
            self.comments: list[Comment] = []
            self.webhooks: dict[UUID, Webhook] = {}
            self.replaces = True
            self.narrows_to_teams = False
            self.serial = count(1)
            self.time_shift = timedelta(0)

    def now(self) -> datetime:
        """The time of changes: the present, unless `set_time` says otherwise."""
        return datetime.now(UTC) + self.time_shift

    def set_time(self, moment: datetime | None) -> None:
        """Let time go on from this moment, or be the present again."""
        self.time_shift = moment - datetime.now(UTC) if moment else timedelta(0)

    # Lookups by readable names, for tests and the demo.

    def person(self, handle: str) -> StandinUser:
        """A user by handle (`seed.USERS`), or by e-mail address in the main workspace."""
        found = self.people.get(user_id(handle)) or self.find_by_email(MAIN, handle)
        if found is None:
            raise KeyError(handle)
        return found

    def role(self, handle: str) -> Role:
        """A role by its handle in `seed.ROLES`."""
        return self.roles[stable_id("role", handle)]

    def task(self, key: str) -> Task:
        """A task by key, or by name if it has none."""
        return self.tasks[self.seed.keys.get(key) or stable_id("task", key)]

    def assigned(self, key: str) -> list[str]:
        """The addresses of a task's assignees, in order."""
        return [self.people[one.user_id].email for one in self.task(key).assignees]

    @property
    def seats(self) -> int:
        """The number of licences of the main workspace."""
        return self.workspaces[MAIN].seats

    @seats.setter
    def seats(self, seats: int) -> None:
        self.workspaces[MAIN] = replace(self.workspaces[MAIN], seats=seats)

    def change(self, person: StandinUser, **fields: object) -> StandinUser:
        """Change fields of a user, such as `role_id` or `is_blocked`."""
        with self.lock:
            self.people[person.id] = replace(person, **fields)  # type: ignore[arg-type]
            return self.people[person.id]

    def change_project(self, key: str, **fields: object) -> None:
        """Change fields of a project, such as `allows_several`."""
        project_id = stable_id("project", key)
        with self.lock:
            self.projects[project_id] = replace(self.projects[project_id], **fields)  # type: ignore[arg-type]

    # Permissions.

    def role_of(self, person: StandinUser) -> Role:
        """A user's role."""
        return self.roles[person.role_id]

    def has_permission(self, person: StandinUser, feature: tuple[str, str]) -> bool:
        """Whether the user's role has this permission; administrators have all."""
        role = self.role_of(person)
        return role.is_admin or feature in role.features

    def require_permission(self, person: StandinUser, feature: tuple[str, str]) -> None:
        """Raise an error unless the user has this permission."""
        if not self.has_permission(person, feature):
            raise forbidden()

    def can_see_project(self, person: StandinUser, project: Project) -> bool:
        """Whether the project is in the user's workspace, and public or theirs."""
        same = project.workspace_id == person.workspace_id
        return same and (not project.is_private or person.id in project.members)

    def can_see_task(self, person: StandinUser, task: Task) -> bool:
        """Planners see all tasks of visible projects, others their own; private tasks only the owner."""
        if task.workspace_id != person.workspace_id:
            return False
        if task.project_id is None:
            return task.owner_id == person.id
        if task.is_assigned(person.id):
            return True
        return self.has_permission(person, READ_PLANNING) and self.can_see_project(
            person, self.projects[task.project_id]
        )

    # Lookups on behalf of a user.

    def workspace_of(self, person: StandinUser) -> Workspace:
        """A user's workspace."""
        return self.workspaces[person.workspace_id]

    def find_by_email(self, workspace: UUID, email: str) -> StandinUser | None:
        """A workspace's user by address, ignoring case."""
        key = email.lower()
        people = (one for one in list(self.people.values()) if one.workspace_id == workspace)
        return next((one for one in people if one.email.lower() == key), None)

    def visible_tasks(self, person: StandinUser) -> list[Task]:
        """All tasks the user may see."""
        return [task for task in list(self.tasks.values()) if self.can_see_task(person, task)]

    def visible_task(self, person: StandinUser, task_id: UUID) -> Task:
        """A task: not found outside the workspace, forbidden if the user may not see it."""
        task = self.tasks.get(task_id)
        if task is None or task.workspace_id != person.workspace_id:
            raise not_found("The task")
        if not self.can_see_task(person, task):
            raise forbidden()
        return task

    def task_by_key(self, person: StandinUser, key: str) -> Task:
        """A task by key."""
        task_id = self.seed.keys.get(key.upper())
        if task_id is None:
            raise not_found("The task")
        return self.visible_task(person, task_id)

    def search(self, person: StandinUser, words: str, *, closed_and_stuck: bool) -> list[Task]:
        """Tasks whose key, name or project contains every word."""
        parts = words.casefold().split()
        hidden = frozenset() if closed_and_stuck else CLOSED_TYPES | {"stuck"}
        return [
            self.tasks[task_id]
            for task_id, text in self.seed.texts.items()
            if task_id in self.tasks
            and all(part in text for part in parts)
            and self.tasks[task_id].status_type not in hidden
            and self.can_see_task(person, self.tasks[task_id])
        ]

    def role_list(self, person: StandinUser, *, archived: bool) -> list[Role]:
        """The workspace's roles."""
        here = [role for role in self.roles.values() if role.workspace_id == person.workspace_id]
        return [role for role in here if archived or not role.is_archived]

    def role_features(self, person: StandinUser, role_id: UUID) -> frozenset[tuple[str, str]]:
        """A role's permissions."""
        role = self.roles.get(role_id)
        if role is None or role.workspace_id != person.workspace_id:
            raise not_found("The role")
        return role.features

    def role_users(self, person: StandinUser, role_id: UUID, *, archived: bool) -> list[StandinUser]:
        """The users with a role."""
        self.role_features(person, role_id)
        people = [one for one in list(self.people.values()) if one.role_id == role_id]
        return [one for one in people if archived or not one.is_archived]

    def user_list(self, person: StandinUser, *, archived: bool) -> list[StandinUser]:
        """The workspace's users, or those of the caller's team; only the caller without the permission."""
        if not self.has_permission(person, LIST_USERS):
            return [person]
        people = [one for one in list(self.people.values()) if one.workspace_id == person.workspace_id]
        if self.narrows_to_teams and not self.role_of(person).is_admin:
            people = [one for one in people if one.id == person.id or (one.team and one.team == person.team)]
        return [one for one in people if archived or not one.is_archived]

    def project(self, person: StandinUser, project_id: UUID) -> Project:
        """A project; needs the permission to read projects."""
        return self.project_with_right(person, project_id, READ_PROJECTS)

    def project_with_right(self, person: StandinUser, project_id: UUID, feature: tuple[str, str]) -> Project:
        """A project, for its creator and those with this permission."""
        project = self.projects.get(project_id)
        if project is None or not self.can_see_project(person, project):
            raise not_found("The project")
        if project.created_by != person.id:
            self.require_permission(person, feature)
        return project

    def members_of(self, person: StandinUser, project_id: UUID) -> list[StandinUser]:
        """A project's members; for its creator and those who may read projects."""
        members = self.project_members(self.project(person, project_id))
        return [self.people[one] for one in sorted(members)]

    def project_members(self, project: Project) -> set[UUID]:
        """The members of a project: those named, and everyone who is on a task of it."""
        tasks = [task for task in list(self.tasks.values()) if task.project_id == project.id]
        return set(project.members).union(one.user_id for task in tasks for one in task.assignees)

    def user(self, person: StandinUser, user_id: UUID) -> StandinUser:
        """A user of the same workspace."""
        found = self.people.get(user_id)
        if found is None or found.workspace_id != person.workspace_id:
            raise not_found("The user")
        return found
