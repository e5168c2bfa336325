"""The stand-in's world as it stands: who and what there is, and what each person may see of it."""

import threading
from dataclasses import replace
from itertools import count
from uuid import UUID

from portal.standin.cast import MAIN, begin, who
from portal.standin.records import Activity, Person, Project, Role, Task, Workspace, named
from portal.standin.refusal import absent, forbidden

PLANNING = ("project-planning-data", "read")
ROLE_LIST = ("workspace-manage-config", "read")
USER_LIST = ("user-master-data", "read")
CLOSED = frozenset({"done", "closed"})


class State:
    """Everybody and everything as it is now, and who may see it.

    `replaces` says whether an assignment by e-mail takes the others off the task.
    """

    def __init__(self, tasks: int = 2000) -> None:
        self.lock = threading.RLock()
        self.beginning = begin(tasks)
        self.reset()

    def reset(self) -> None:
        """Back to the beginning."""
        with self.lock:
            start = self.beginning
            self.workspaces = dict(start.workspaces)
            self.roles = dict(start.roles)
            self.people = dict(start.people)
            self.projects = dict(start.projects)
            self.tasks = dict(start.tasks)
            self.activities: list[Activity] = []
            self.replaces = True
            self.serial = count(1)

    # For tests and the demo: looking things up by the names that people use.

    def person(self, handle: str) -> Person:
        """A member of the cast, or whoever has this address."""
        found = self.people.get(who(handle)) or self.by_email(MAIN, handle)
        if found is None:
            raise KeyError(handle)
        return found

    def role(self, handle: str) -> Role:
        """A role by its handle in `cast.ROLES`."""
        return self.roles[named("role", handle)]

    def task(self, key: str) -> Task:
        """A task by key, or by name where it has no key."""
        return self.tasks[self.beginning.keys.get(key) or named("task", key)]

    def assigned(self, key: str) -> list[str]:
        """The addresses of those on a task, in order."""
        return [self.people[one.user_id].email for one in self.task(key).assignees]

    @property
    def seats(self) -> int:
        """Whole licences of the main workspace."""
        return self.workspaces[MAIN].seats

    @seats.setter
    def seats(self, seats: int) -> None:
        self.workspaces[MAIN] = replace(self.workspaces[MAIN], seats=seats)

    def change(self, person: Person, **fields: object) -> Person:
        """Give a person other fields, such as another role or `is_blocked`."""
        with self.lock:
            self.people[person.id] = replace(person, **fields)  # type: ignore[arg-type]
            return self.people[person.id]

    # Rights.

    def role_of(self, person: Person) -> Role:
        """The role of a person."""
        return self.roles[person.role_id]

    def may(self, person: Person, feature: tuple[str, str]) -> bool:
        """Whether the role has this right; administrators have all."""
        role = self.role_of(person)
        return role.is_admin or feature in role.features

    def need(self, person: Person, feature: tuple[str, str]) -> None:
        """Refuse where the right is missing."""
        if not self.may(person, feature):
            raise forbidden()

    def sees_project(self, person: Person, project: Project) -> bool:
        """Private projects are for members."""
        same = project.workspace_id == person.workspace_id
        return same and (not project.is_private or person.id in project.members)

    def sees(self, person: Person, task: Task) -> bool:
        """Planners see the tasks of their projects, others those they are on, each their own private ones."""
        if task.workspace_id != person.workspace_id:
            return False
        if task.project_id is None:
            return task.owner_id == person.id
        if task.has(person.id):
            return True
        return self.may(person, PLANNING) and self.sees_project(person, self.projects[task.project_id])

    # Reading.

    def workspace_of(self, person: Person) -> Workspace:
        """The workspace of a person."""
        return self.workspaces[person.workspace_id]

    def by_email(self, workspace: UUID, email: str) -> Person | None:
        """The user of a workspace with this address."""
        wanted = email.lower()
        people = (one for one in list(self.people.values()) if one.workspace_id == workspace)
        return next((one for one in people if one.email.lower() == wanted), None)

    def visible_tasks(self, person: Person) -> list[Task]:
        """Every task the person may see."""
        return [task for task in list(self.tasks.values()) if self.sees(person, task)]

    def visible_task(self, person: Person, task_id: UUID) -> Task:
        """One task: absent where the workspace has none such, forbidden where this person may not see it."""
        task = self.tasks.get(task_id)
        if task is None or task.workspace_id != person.workspace_id:
            raise absent("The task")
        if not self.sees(person, task):
            raise forbidden()
        return task

    def task_by_key(self, person: Person, key: str) -> Task:
        """The same by key."""
        task_id = self.beginning.keys.get(key.upper())
        if task_id is None:
            raise absent("The task")
        return self.visible_task(person, task_id)

    def search(self, person: Person, words: str, *, closed_and_stuck: bool) -> list[Task]:
        """Tasks in whose key, name or project every word occurs."""
        wanted = words.casefold().split()
        hidden = frozenset() if closed_and_stuck else CLOSED | {"stuck"}
        return [
            self.tasks[task_id]
            for task_id, text in self.beginning.texts.items()
            if all(word in text for word in wanted)
            and self.tasks[task_id].status_type not in hidden
            and self.sees(person, self.tasks[task_id])
        ]

    def role_list(self, person: Person, *, archived: bool) -> list[Role]:
        """The roles of the workspace, for those who may list them."""
        self.need(person, ROLE_LIST)
        here = [role for role in self.roles.values() if role.workspace_id == person.workspace_id]
        return [role for role in here if archived or not role.is_archived]

    def role_features(self, person: Person, role_id: UUID) -> frozenset[tuple[str, str]]:
        """What a role of the workspace may do, for those who may list roles."""
        self.need(person, ROLE_LIST)
        role = self.roles.get(role_id)
        if role is None or role.workspace_id != person.workspace_id:
            raise absent("The role")
        return role.features

    def user_list(self, person: Person) -> list[Person]:
        """All users of the workspace; only oneself without the right."""
        if not self.may(person, USER_LIST):
            return [person]
        return [one for one in list(self.people.values()) if one.workspace_id == person.workspace_id]

    def user(self, person: Person, user_id: UUID) -> Person:
        """One user of the same workspace."""
        found = self.people.get(user_id)
        if found is None or found.workspace_id != person.workspace_id:
            raise absent("The user")
        return found
