"""Operations that change the stand-in's data, following awork's known behaviour, surprises included."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import UUID

from django.utils.translation import gettext_noop as _

from portal.standin.entities import Activity, Assignment, Comment, Role, StandinUser, Task, stable_id
from portal.standin.errors import ApiError, invalid_operation, not_found
from portal.standin.users import UserWorld

INVITED = _("invited, has not signed in yet")
MANAGE_PROJECTS = ("project-master-data", "manage")


class World(UserWorld):
    """The stand-in's data and what users can do with it. Each operation is atomic across threads."""

    def assign_by_email(
        self, by: StandinUser, task_id: UUID, email: str, role_id: UUID, names: Mapping[str, str]
    ) -> StandinUser:
        """Assign the user with this address, or invite a new one."""
        with self.lock:
            task = self.tasks.get(task_id)
            if task is None or not self.can_see_task(by, task):
                raise not_found("The task")
            if task.project_id is None:
                raise invalid_operation("You can't invite anyone to a private task.")
            role = self.get_assignable_role(by, role_id)
            person = self.find_by_email(by.workspace_id, email)
            if person is None:
                person = self.invite(by, email, role, names)
            self.check_assignable(person, task)
            others = tuple(one for one in task.assignees if one.user_id != person.id)
            if self.replaces or not self.allows_several(task):
                others = ()
            self.assign(by, task, (*others, Assignment(person.id)))
            return person

    def get_assignable_role(self, by: StandinUser, role_id: UUID) -> Role:
        """The role, if this user may invite with it."""
        role = self.roles.get(role_id)
        if role is None or role.workspace_id != by.workspace_id:
            raise not_found("The role")
        if role.is_archived:
            raise ApiError(400, "entity-archived", "The role is archived.")
        if role.is_agent or (role.is_admin and not self.role_of(by).is_admin):
            raise invalid_operation("You can't invite anyone with this role.")
        return role

    def invite(self, by: StandinUser, email: str, role: Role, names: Mapping[str, str]) -> StandinUser:
        """Add a user who hasn't accepted yet but already takes a seat."""
        person = StandinUser(
            stable_id("invited", by.workspace_id, email.lower()),
            by.workspace_id,
            role.id,
            names.get("firstName", ""),
            names.get("lastName", ""),
            email,
            about=INVITED,
            gender=names.get("gender", ""),
            invitation_accepted=False,
            created_on=self.now(),
        )
        self.require_seat(person.workspace_id, self.seat_thirds(person))
        self.people[person.id] = person
        self.on_user_event("user_added", person, by)
        return person

    def allows_several(self, task: Task) -> bool:
        """Whether the task may have several assignees."""
        return task.project_id is None or self.projects[task.project_id].allows_several is not False

    def check_assignable(self, person: StandinUser, task: Task) -> None:
        """Refuse deactivated and archived users, and guests of another project."""
        if person.is_archived:
            raise ApiError(400, "entity-archived", "The user is archived.")
        if person.is_deactivated:
            raise ApiError(400, "deactivated-user", "The user is deactivated.")
        if not self.role_of(person).is_guest:
            return
        projects = {
            one.project_id for one in self.tasks.values() if one.is_assigned(person.id) and one.project_id
        }
        if projects - {task.project_id}:
            raise invalid_operation("A guest can only be in one project.")

    def assign(self, by: StandinUser, task: Task, assignees: tuple[Assignment, ...]) -> None:
        """Set the task's assignees and record who was added and removed."""
        self.tasks[task.id] = replace(task, assignees=assignees, updated_on=self.now())
        before = {one.user_id for one in task.assignees}
        after = {one.user_id for one in assignees}
        for removed in (one.user_id for one in task.assignees if one.user_id not in after):
            self.record_activity(task, by, "deleted", unassigned=removed)
        for added in (one.user_id for one in assignees if one.user_id not in before):
            self.record_activity(task, by, "added", assigned=added)

    def record_activity(
        self,
        task: Task,
        by: StandinUser,
        event: str,
        *,
        assigned: UUID | None = None,
        unassigned: UUID | None = None,
    ) -> None:
        """Add an entry to a task's history."""
        at = self.now()
        activity_id = stable_id("activity", task.id, next(self.serial), at.isoformat())
        self.activities.append(Activity(activity_id, task.id, at, event, by.id, assigned, unassigned))

    def set_assignees(self, by: StandinUser, task_id: UUID, user_ids: Iterable[UUID]) -> None:
        """Set exactly these assignees; those who stay keep their planned effort."""
        with self.lock:
            task = self.visible_task(by, task_id)
            before = {one.user_id: one for one in task.assignees}
            people = [self.user(by, user_id) for user_id in dict.fromkeys(user_ids)]
            for person in people:
                if person.id not in before:
                    self.check_assignable(person, task)
            if len(people) > 1 and not self.allows_several(task):
                raise invalid_operation("A task can have one assignee only.")
            self.assign(by, task, tuple(before.get(one.id) or Assignment(one.id) for one in people))

    def set_planned_efforts(self, by: StandinUser, task_id: UUID, efforts: Mapping[UUID, int | None]) -> None:
        """Set planned efforts in seconds; None shares the task's remaining time again."""
        with self.lock:
            task = self.visible_task(by, task_id)
            if any(not task.is_assigned(user_id) for user_id in efforts):
                raise invalid_operation("A user is not assigned to the task.")
            changed = tuple(
                Assignment(one.user_id, efforts.get(one.user_id, one.effort)) for one in task.assignees
            )
            self.tasks[task.id] = replace(task, assignees=changed, updated_on=self.now())

    def task_activities(self, person: StandinUser, task_id: UUID) -> list[Activity]:
        """A task's history, oldest first."""
        task = self.visible_task(person, task_id)
        return [one for one in list(self.activities) if one.task_id == task.id]

    def remove_project_member(self, by: StandinUser, project_id: UUID, user_id: UUID) -> None:
        """Take a user out of a project and off its tasks; for its creator and those who may manage it."""
        with self.lock:
            project = self.project_with_right(by, project_id, MANAGE_PROJECTS)
            if user_id not in self.project_members(project):
                raise not_found("The project member")
            self.projects[project_id] = replace(project, members=project.members - {user_id})
            for task in [one for one in self.tasks.values() if one.project_id == project_id]:
                if task.is_assigned(user_id):
                    others = tuple(one for one in task.assignees if one.user_id != user_id)
                    self.assign(by, task, others)

    def add_comment(self, by: StandinUser, task_id: UUID, message: str, *, is_hidden: bool) -> Comment:
        """Comment on a task that the user may see."""
        with self.lock:
            task = self.visible_task(by, task_id)
            comment_id = stable_id("comment", task.id, next(self.serial), self.now().isoformat())
            comment = Comment(comment_id, task.id, self.now(), by.id, message, is_hidden)
            self.comments.append(comment)
            return comment

    def task_comments(self, person: StandinUser, task_id: UUID) -> list[Comment]:
        """A task's comments, oldest first."""
        task = self.visible_task(person, task_id)
        return [one for one in list(self.comments) if one.task_id == task.id]
