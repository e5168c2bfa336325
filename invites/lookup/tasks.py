"""Find tasks by name, key or link, or among the user's recent ones."""

import re
import unicodedata
from dataclasses import replace
from urllib.parse import unquote
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from invites.lookup.awork import AworkLookup
from invites.models import Invitation
from portal.awork.schemas import Task
from portal.email_addresses import strip_invisible
from portal.models import User

HOST = "awork.com"
KEY = r"[^\W_][\w-]{0,30}-\d{1,9}"
ONLY_KEY = re.compile(KEY)
MARKED_KEY = re.compile(rf"\[({KEY})\]|\(({KEY})\)|#({KEY})\b|^({KEY}):\s")  # in other words
KEY_WITHOUT_HYPHEN = re.compile(r"([^\W\d_]{2,10})(\d{1,6})")
HYPHENS = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63]")
AROUND = (
    "#*_`.,;:!? \t"
    + "()[]{}<>"
    + "\"'\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a"
)
LINK = re.compile(rf"(?<![\w.@-])(?:[\w-]+\.)*{re.escape(HOST)}(?P<path>/[\w/.-]*)?", re.IGNORECASE)
RECENT_COUNT = 8
PICK_TASK = _("Pick a task from the list, or enter its key or link.")
NOT_FOUND = _("Task not found, or you don't have access to it.")
NOT_A_TASK_LINK = _("This awork link doesn't lead to a task. Paste the link of a task.")


def parse_reference(text: str) -> str:
    """The id or key that a pasted text names: alone, marked as a key, or in a link; "" for any other text."""
    text = _plain(text)
    link = LINK.search(text)
    if link:
        return _named_alone(_task_in(link["path"] or ""))
    marked = {key.upper() for found in MARKED_KEY.findall(text) for key in found if key}
    return marked.pop() if len(marked) == 1 else _named_alone(text)


def is_link(text: str) -> bool:
    """Whether there is a link of awork's web app in the text."""
    return LINK.search(_plain(text)) is not None


def task_url(task_id: UUID) -> str:
    """The task's page in awork's web app, in whichever workspace the reader is signed in."""
    return f"https://app.{HOST}/tasks/{task_id}"


def _plain(text: str) -> str:
    """The text with plain letters and hyphens, and with the links that mail scanners wrap into others."""
    text = HYPHENS.sub("-", unicodedata.normalize("NFKC", strip_invisible(text)))
    return unquote(unquote(text)) if HOST in text.lower() else text


def _task_in(path: str) -> str:
    """What follows `tasks` in a path."""
    parts = [part for part in path.split("/") if part]
    return parts[parts.index("tasks") + 1] if "tasks" in parts[:-1] else ""


def _named_alone(text: str) -> str:
    text = text.strip(AROUND)
    if is_id(text):
        return text.lower()
    if ONLY_KEY.fullmatch(text):
        return text.upper()
    joined = KEY_WITHOUT_HYPHEN.fullmatch(text)
    return f"{joined[1]}-{joined[2]}".upper() if joined else ""


def is_id(text: str) -> bool:
    """Whether this is an awork id."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def find_task(text: str, lookup: AworkLookup) -> Task | None:
    """The task with this id, key or link; None if it doesn't exist or the user can't see it."""
    reference = parse_reference(text)
    if not reference:
        return None
    return lookup.task(UUID(reference)) if is_id(reference) else lookup.task_by_key(reference)


def with_project_setting(task: Task, lookup: AworkLookup) -> Task:
    """The task with what its project says about several assignees; None if that can't be read."""
    project = lookup.project(task.project_id) if task.project_id else None
    return replace(task, allows_several_assignees=project.allows_several_assignees if project else None)


def names(text: str, task: Task) -> bool:
    """Whether the text is the id, the key or a link of this task."""
    return parse_reference(text).lower() in {str(task.id), task.key.lower()} - {""}


def not_found_message(text: str) -> Promise:
    """Why `find_task` found nothing."""
    if parse_reference(text):
        return NOT_FOUND
    return NOT_A_TASK_LINK if is_link(text) else PICK_TASK


def search(text: str, lookup: AworkLookup) -> list[Task]:
    """Tasks to pick from: the one with this key or link, those that match, or the user's recent ones."""
    text = text.strip()
    if not text:
        return recent_tasks(lookup)
    if parse_reference(text) or is_link(text):
        task = find_task(text, lookup)
        if task or is_link(text):
            return [task] if task else []
    return lookup.tasks(text)


def recent_tasks(lookup: AworkLookup) -> list[Task]:
    """First the tasks of the user's last invitations, then those that changed last."""
    latest = {task.id: task for task in lookup.latest_tasks()}
    own = {task.id: latest.get(task.id, task) for task in recently_invited(lookup.user)}
    return list((own | latest).values())[:RECENT_COUNT]


def recently_invited(user: User) -> list[Task]:
    """The tasks of the user's last invitations, with the names of that time."""
    rows = Invitation.objects.filter(inviter=user).order_by("-created_at", "-id")[: RECENT_COUNT * 3]
    tasks = {row.task_id: row.task for row in rows}
    return list(tasks.values())[:RECENT_COUNT]
