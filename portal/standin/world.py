"""The rules by which the stand-in's world changes, after what awork is known to do, surprises above all."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from portal.standin.records import Activity, Assignment, Person, Role, Task, named
from portal.standin.refusal import Refusal, absent, impossible
from portal.standin.state import State

USER_MANAGEMENT = ("user-manage-config", "write")
GUESTS_A_SEAT = 3


class World(State):
    """What may be done in the world. Each method is one step for all threads."""

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
            named("invited", by.workspace_id, email.lower()),
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
