"""Finding the task that somebody means: by words, by key, by link, or among their recent ones."""

import re
from urllib.parse import unquote, urlsplit
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from invites.lookup.awork import AworkLookup
from invites.models import Invitation
from portal.awork.schemas import Task
from portal.models import User

KEY = re.compile(r"[^\W_][\w-]{0,30}-\d{1,9}")
RECENT = 8
CHOOSE = _("Choose a task from the list, or enter its key or its link.")
UNKNOWN = _("awork knows no such task, or you may not see it.")
NO_TASK_LINK = _("This link leads to awork, but not to a task. Paste the link of a task.")


def parse_reference(text: str) -> str:
    """The id or key that is meant by an id, a key or a link of awork's web app; "" for words."""
    text = text.strip()
    if is_link(text):
        parts = unquote(urlsplit(text).path).strip("/").split("/")
        text = parts[parts.index("tasks") + 1] if "tasks" in parts[:-1] else ""
    if is_id(text):
        return text
    return text.upper() if KEY.fullmatch(text) else ""


def is_link(text: str) -> bool:
    """Whether this is an address in awork's web app."""
    try:
        host = urlsplit(text.strip()).hostname or ""
    except ValueError:
        return False
    return host == "awork.com" or host.endswith(".awork.com")


def is_id(text: str) -> bool:
    """Whether this is an awork id."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def find_task(text: str, lookup: AworkLookup) -> Task | None:
    """The task named by an id, a key or a link; None where unknown or not visible."""
    name = parse_reference(text)
    if not name:
        return None
    return lookup.task(UUID(name)) if is_id(name) else lookup.task_by_key(name)


def not_found_message(text: str) -> Promise:
    """Why `find_task` found nothing."""
    if parse_reference(text):
        return UNKNOWN
    return NO_TASK_LINK if is_link(text) else CHOOSE


def search(text: str, lookup: AworkLookup) -> list[Task]:
    """Tasks to choose from: the one named, those that match the words, or the person's recent ones."""
    text = text.strip()
    if not text:
        return recent_tasks(lookup)
    if parse_reference(text) or is_link(text):
        found = find_task(text, lookup)
        if found or is_link(text):
            return [found] if found else []
    return lookup.tasks(text)


def recent_tasks(lookup: AworkLookup) -> list[Task]:
    """First the tasks that the person invited to last, then those that changed last."""
    latest = {task.id: task for task in lookup.latest_tasks()}
    own = {task.id: latest.get(task.id, task) for task in recently_invited(lookup.user)}
    return list((own | latest).values())[:RECENT]


def recently_invited(user: User) -> list[Task]:
    """The tasks of the person's last invitations, as they were called then."""
    rows = Invitation.objects.filter(inviter=user).order_by("-created_at", "-id")[: RECENT * 3]
    tasks = {row.task_id: row.task for row in rows}
    return list(tasks.values())[:RECENT]
