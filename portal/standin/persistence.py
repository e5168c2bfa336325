"""Saves a demo's changes for its next start: users, projects, tasks, webhooks, sign-ins and OAuth clients."""

import json
import os
import threading
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from portal.standin.entities import Activity, Assignment, Comment, Project, StandinUser, Task, Webhook
from portal.standin.standin import Standin
from portal.standin.world import World


class JsonStore:
    """A JSON file next to the demo's database; it contains tokens, so only its owner can read it."""

    def __init__(self, standin: Standin, path: Path) -> None:
        self.standin = standin
        self.path = path
        self.lock = threading.Lock()

    def save(self) -> None:
        """Write all changes atomically."""
        with self.lock:
            content = json.dumps(
                {"world": dump_world(self.standin.world), "grants": self.standin.grants.dump()}
            )
            new = self.path.with_suffix(".new")
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(content)
            new.replace(self.path)

    def load(self) -> None:
        """Restore what was saved, if anything; raise ValueError if the file is invalid."""
        if not self.path.exists():
            return
        try:
            saved = json.loads(self.path.read_text())
            load_world(self.standin.world, saved["world"])
            self.standin.grants.load(saved["grants"])
        except (KeyError, TypeError, AttributeError) as problem:
            raise ValueError(str(self.path)) from problem


def dump_world(world: World) -> dict[str, Any]:
    """The differences from the seed data, as JSON."""
    with world.lock:
        seed = world.seed
        return {
            "people": [as_json(one) for one in world.people.values() if one is not seed.people.get(one.id)],
            "tasks": [
                {
                    "id": str(one.id),
                    "updated_on": one.updated_on.isoformat(),
                    "assignees": [[str(each.user_id), each.effort] for each in one.assignees],
                }
                for one in world.tasks.values()
                if one is not seed.tasks[one.id]
            ],
            "activities": [as_json(one) for one in world.activities],
            "comments": [as_json(one) for one in world.comments],
            "webhooks": [as_json(one) for one in world.webhooks.values()],
            "projects": [
                {
                    "id": str(one.id),
                    "members": sorted(map(str, one.members)),
                    "created_by": str(one.created_by or ""),
                }
                for one in world.projects.values()
                if one is not seed.projects[one.id]
            ],
            "deleted": [
                str(one) for one in (*seed.people, *seed.projects, *seed.tasks) if not is_there(world, one)
            ],
        }


def is_there(world: World, record_id: UUID) -> bool:
    """Whether a record of the seed still exists."""
    return record_id in world.people or record_id in world.projects or record_id in world.tasks


def as_json(record: StandinUser | Activity | Comment | Webhook) -> dict[str, Any]:
    """A record with ids and timestamps as strings."""
    return {
        name: value.isoformat()
        if isinstance(value, datetime)
        else str(value)
        if isinstance(value, UUID)
        else value
        for name, value in asdict(record).items()
    }


def load_world(world: World, saved: dict[str, Any]) -> None:
    """Apply saved changes; tasks that no longer exist in a smaller world are ignored."""
    with world.lock:
        for fields in saved["people"]:
            ids = parse_ids(fields, "id", "workspace_id", "role_id")
            created = fields.get("created_on")
            created_on = datetime.fromisoformat(created) if created else None
            person = StandinUser(**{**fields, **ids, "created_on": created_on})
            world.people[person.id] = person
        for fields in saved["tasks"]:
            task = world.tasks.get(UUID(fields["id"]))
            if task is not None:
                world.tasks[task.id] = with_changes(task, fields)
        for fields in saved["activities"]:
            ids = parse_ids(fields, "id", "task_id", "by", "assigned", "unassigned")
            at = datetime.fromisoformat(fields["at"])
            world.activities.append(Activity(**{**fields, **ids, "at": at}))
        load_later_additions(world, saved)


def load_later_additions(world: World, saved: dict[str, Any]) -> None:
    """Apply what files of earlier versions don't have."""
    for fields in saved.get("comments", []):
        at = datetime.fromisoformat(fields["at"])
        world.comments.append(Comment(**{**fields, **parse_ids(fields, "id", "task_id", "by"), "at": at}))
    for fields in saved.get("webhooks", []):
        ids = parse_ids(fields, "id", "workspace_id", "created_by")
        created_on = datetime.fromisoformat(fields["created_on"])
        webhook = Webhook(**{**fields, **ids, "created_on": created_on})
        world.webhooks[webhook.id] = webhook
    for fields in saved.get("projects", []):
        project = world.projects.get(UUID(fields["id"]))
        if project is not None:
            world.projects[project.id] = with_members(project, fields)
    for deleted in map(UUID, saved.get("deleted", [])):
        for records in (world.people, world.projects, world.tasks):
            records.pop(deleted, None)


def with_members(project: Project, fields: dict[str, Any]) -> Project:
    """The project with its saved members and creator."""
    members = frozenset(map(UUID, fields["members"]))
    return replace(project, members=members, created_by=parse_ids(fields, "created_by")["created_by"])


def with_changes(task: Task, fields: dict[str, Any]) -> Task:
    """The task with its saved assignees."""
    assignees = tuple(Assignment(UUID(user_id), effort) for user_id, effort in fields["assignees"])
    return replace(task, assignees=assignees, updated_on=datetime.fromisoformat(fields["updated_on"]))


def parse_ids(fields: dict[str, Any], *names: str) -> dict[str, UUID | None]:
    """Parse these fields as UUIDs."""
    return {name: UUID(fields[name]) if fields[name] else None for name in names}
