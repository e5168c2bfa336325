"""Keeps what was changed in a demo for its next start: people, assignments, sign-ins, clients."""

import json
import os
import threading
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from portal.standin.records import Activity, Assignment, Person, Task
from portal.standin.service import Standin
from portal.standin.world import World


class Store:
    """One JSON file beside the demo's database; it holds tokens, so only its owner may read it."""

    def __init__(self, standin: Standin, path: Path) -> None:
        self.standin = standin
        self.path = path
        self.lock = threading.Lock()

    def save(self) -> None:
        """Write all changes, whole or not at all."""
        with self.lock:
            content = json.dumps({"world": dump(self.standin.world), "grants": self.standin.grants.dump()})
            fresh = self.path.with_suffix(".new")
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(content)
            fresh.replace(self.path)

    def load(self) -> None:
        """Take up what was saved, if anything was; raises ValueError where it is no such file."""
        if not self.path.exists():
            return
        try:
            kept = json.loads(self.path.read_text())
            load(self.standin.world, kept["world"])
            self.standin.grants.load(kept["grants"])
        except (KeyError, TypeError, AttributeError) as problem:
            raise ValueError(str(self.path)) from problem


def dump(world: World) -> dict[str, Any]:
    """What differs from the beginning, as JSON."""
    with world.lock:
        start = world.beginning
        return {
            "people": [text(one) for one in world.people.values() if one is not start.people.get(one.id)],
            "tasks": [
                {
                    "id": str(one.id),
                    "updated_on": one.updated_on.isoformat(),
                    "assignees": [[str(each.user_id), each.effort] for each in one.assignees],
                }
                for one in world.tasks.values()
                if one is not start.tasks[one.id]
            ],
            "activities": [text(one) for one in world.activities],
        }


def text(record: Person | Activity) -> dict[str, Any]:
    """A record whose ids and instants are text."""
    return {
        name: value.isoformat()
        if isinstance(value, datetime)
        else str(value)
        if isinstance(value, UUID)
        else value
        for name, value in asdict(record).items()
    }


def load(world: World, kept: dict[str, Any]) -> None:
    """Change the world as `dump` tells; tasks that a smaller world lacks are left out."""
    with world.lock:
        for fields in kept["people"]:
            person = Person(**{**fields, **ids(fields, "id", "workspace_id", "role_id")})
            world.people[person.id] = person
        for fields in kept["tasks"]:
            task = world.tasks.get(UUID(fields["id"]))
            if task is not None:
                world.tasks[task.id] = changed(task, fields)
        for fields in kept["activities"]:
            known = ids(fields, "id", "task_id", "by", "assigned", "unassigned")
            at = datetime.fromisoformat(fields["at"])
            world.activities.append(Activity(**{**fields, **known, "at": at}))


def changed(task: Task, fields: dict[str, Any]) -> Task:
    """The task with the assignees that were kept."""
    assignees = tuple(Assignment(UUID(user_id), effort) for user_id, effort in fields["assignees"])
    return replace(task, assignees=assignees, updated_on=datetime.fromisoformat(fields["updated_on"]))


def ids(fields: dict[str, Any], *names: str) -> dict[str, UUID | None]:
    """These fields as ids."""
    return {name: UUID(fields[name]) if fields[name] else None for name in names}
