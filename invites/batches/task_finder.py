"""The tasks of a list, each asked for once."""

from dataclasses import dataclass, field

from invites.lookup import tasks
from invites.lookup.awork import AworkLookup
from portal.awork.schemas import Task

MAX_TASKS = 100  # different ones: each takes a call to awork, and its project another one


@dataclass
class TaskFinder:
    """Finds tasks by key, id or link, with what their projects say about several assignees."""

    lookup: AworkLookup
    found: dict[str, Task | None] = field(default_factory=dict)

    def may_find(self, text: str) -> bool:
        """Whether awork may still be asked for this one."""
        reference = tasks.parse_reference(text)
        return not reference or reference in self.found or len(self.found) < MAX_TASKS

    def find(self, text: str) -> Task | None:
        """The task; None if the text names none, or none that the user can see."""
        reference = tasks.parse_reference(text)
        if reference and reference not in self.found:
            task = tasks.find_task(reference, self.lookup)
            self.found[reference] = tasks.with_project_setting(task, self.lookup) if task else None
        return self.found.get(reference)
