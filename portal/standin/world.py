"""The rules of the stand-in's world, after what awork is known to do, the surprises above all."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from uuid import UUID

from portal.standin.cast import MAIN, begin, who
from portal.standin.records import Activity, Assignment, Person, Project, Role, Task, Workspace, named
from portal.standin.refusal import Refusal, absent, forbidden, impossible

PLANNING = ("project-planning-data", "read")
ROLE_LIST = ("workspace-manage-config", "read")
USER_LIST = ("user-master-data", "read")
USER_MANAGEMENT = ("user-manage-config", "write")
GUESTS_A_SEAT = 3
CLOSED = frozenset({"done", "closed"})


class World:
    """Everybody and everything, and what may be done with it. Each method is one step for all threads.

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

    def by_email(self, workspace: UUID, email: str) -> Person | None:
        """The user of a workspace with this address."""
        wanted = email.casefold()
        people = (one for one in list(self.people.values()) if one.workspace_id == workspace)
        return next((one for one in people if one.email.casefold() == wanted), None)

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

    # Changing.

    def assign_by_email(
        self, by: Person, task_id: UUID, email: str, role_id: UUID, names: Mapping[str, str]
    ) -> Person:
        """Assign whoever has this address, invited first if nobody has; returns them."""
        with self.lock:
            task = self.tasks.get(task_id)
            if task is None or not self.sees(by, task):
                raise absent("The task")
            if task.project_id is None:
                raise impossible("Nobody can be invited to a private task.")
            role = self.assignable_role(by, role_id)
            person = self.by_email(by.workspace_id, email)
            if person is None:
                person = self.invite(by, email, role, names)
            self.check_assignable(person, task)
            kept = () if self.replaces else tuple(one for one in task.assignees if one.user_id != person.id)
            self.assign(by, task, (*kept, Assignment(person.id)))
            return person

    def assignable_role(self, by: Person, role_id: UUID) -> Role:
        """The role, unless nobody can be invited in it, or not by this person."""
        role = self.roles.get(role_id)
        if role is None or role.workspace_id != by.workspace_id:
            raise absent("The role")
        if role.is_archived:
            raise Refusal(400, "entity-archived", "The role is archived.")
        if role.is_agent or (role.is_admin and not self.role_of(by).is_admin):
            raise impossible("Nobody can be invited in this role.")
        return role

    def invite(self, by: Person, email: str, role: Role, names: Mapping[str, str]) -> Person:
        """A new user, who takes a seat at once and has not accepted yet."""
        cost = 1 if role.is_guest else GUESTS_A_SEAT
        if self.thirds_taken(by.workspace_id) + cost > self.workspaces[by.workspace_id].seats * GUESTS_A_SEAT:
            raise Refusal(400, "insufficient-seats", "There is no free licence.")
        person = Person(
            named("invited", by.workspace_id, email.casefold()),
            by.workspace_id,
            role.id,
            names.get("firstName", ""),
            names.get("lastName", ""),
            email,
            about="invited, has not signed in yet",
            gender=names.get("gender", ""),
            invitation_accepted=False,
        )
        self.people[person.id] = person
        return person

    def thirds_taken(self, workspace: UUID) -> int:
        """Taken thirds of licences: one for a guest, three for anybody else who is active."""
        active = [
            one for one in self.people.values() if one.workspace_id == workspace and not one.is_deactivated
        ]
        return sum(1 if self.role_of(one).is_guest else GUESTS_A_SEAT for one in active)

    def check_assignable(self, person: Person, task: Task) -> None:
        """Refuse who has left, and a guest who is in another project."""
        if person.is_deactivated:
            raise Refusal(400, "deactivated-user", "The user is deactivated.")
        if not self.role_of(person).is_guest:
            return
        projects = {one.project_id for one in self.tasks.values() if one.has(person.id) and one.project_id}
        if projects - {task.project_id}:
            raise impossible("A guest takes part in one project at a time.")

    def assign(self, by: Person, task: Task, assignees: tuple[Assignment, ...]) -> None:
        """Put these on the task in place of those who are, and note who came and went."""
        self.tasks[task.id] = replace(task, assignees=assignees, updated_on=datetime.now(UTC))
        before = {one.user_id for one in task.assignees}
        after = {one.user_id for one in assignees}
        for gone in (one.user_id for one in task.assignees if one.user_id not in after):
            self.note(task, by, "deleted", unassigned=gone)
        for come in (one.user_id for one in assignees if one.user_id not in before):
            self.note(task, by, "added", assigned=come)

    def note(
        self,
        task: Task,
        by: Person,
        event: str,
        *,
        assigned: UUID | None = None,
        unassigned: UUID | None = None,
    ) -> None:
        """Keep one change of a task."""
        at = datetime.now(UTC)
        name = named("activity", task.id, next(self.serial), at.isoformat())
        self.activities.append(Activity(name, task.id, at, event, by.id, assigned, unassigned))

    def set_assignees(self, by: Person, task_id: UUID, user_ids: Iterable[UUID]) -> None:
        """Exactly these; who stays keeps the planned effort."""
        with self.lock:
            task = self.visible_task(by, task_id)
            before = {one.user_id: one for one in task.assignees}
            people = [self.user(by, user_id) for user_id in dict.fromkeys(user_ids)]
            for person in people:
                if person.id not in before:
                    self.check_assignable(person, task)
            self.assign(by, task, tuple(before.get(one.id) or Assignment(one.id) for one in people))

    def set_planned_efforts(self, by: Person, task_id: UUID, efforts: Mapping[UUID, int | None]) -> None:
        """Seconds for those named; None lets awork divide again. The others keep theirs."""
        with self.lock:
            task = self.visible_task(by, task_id)
            if any(not task.has(user_id) for user_id in efforts):
                raise impossible("Somebody named is not assigned to the task.")
            changed = tuple(
                Assignment(one.user_id, efforts.get(one.user_id, one.effort)) for one in task.assignees
            )
            self.tasks[task.id] = replace(task, assignees=changed, updated_on=datetime.now(UTC))

    def task_activities(self, person: Person, task_id: UUID) -> list[Activity]:
        """What happened to a task, oldest first."""
        task = self.visible_task(person, task_id)
        return [one for one in list(self.activities) if one.task_id == task.id]

    def deactivate(self, by: Person, user_id: UUID) -> None:
        """End a person's access."""
        with self.lock:
            self.need(by, USER_MANAGEMENT)
            person = self.user(by, user_id)
            if person.is_deactivated:
                raise Refusal(400, "deactivated-user", "The user is deactivated already.")
            self.change(person, is_deactivated=True)

    def accept(self, person: Person) -> Person:
        """A first sign-in accepts the invitation."""
        return (
            person if person.invitation_accepted else self.change(person, invitation_accepted=True, about="")
        )

    def workspace_of(self, person: Person) -> Workspace:
        """The workspace of a person."""
        return self.workspaces[person.workspace_id]
