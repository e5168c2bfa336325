"""The column names of lists for spreadsheets, in the reader's language; the audit log's are for programs."""

from collections.abc import Iterable

from django.utils.translation import pgettext_lazy

NAMES = {
    "access_ended": pgettext_lazy("CSV column", "access_ended"),
    "assignees": pgettext_lazy("CSV column", "assignees"),
    "attempts": pgettext_lazy("CSV column", "attempts"),
    "checked_at_utc": pgettext_lazy("CSV column", "checked_at_utc"),
    "confirmed_with_rest": pgettext_lazy("CSV column", "confirmed_with_rest"),
    "decided_at_utc": pgettext_lazy("CSV column", "decided_at_utc"),
    "decided_by": pgettext_lazy("CSV column", "decided_by"),
    "decision": pgettext_lazy("CSV column", "decision"),
    "email": pgettext_lazy("CSV column", "email"),
    "ends_on": pgettext_lazy("CSV column", "ends_on"),
    "first_name": pgettext_lazy("CSV column", "first_name"),
    "gender": pgettext_lazy("CSV column", "gender"),
    "guest": pgettext_lazy("CSV column", "guest"),
    "guest_id": pgettext_lazy("CSV column", "guest_id"),
    "id": pgettext_lazy("CSV column", "id"),
    "invited_at_utc": pgettext_lazy("CSV column", "invited_at_utc"),
    "invited_by": pgettext_lazy("CSV column", "invited_by"),
    "last_name": pgettext_lazy("CSV column", "last_name"),
    "line": pgettext_lazy("CSV column", "line"),
    "project": pgettext_lazy("CSV column", "project"),
    "reason": pgettext_lazy("CSV column", "reason"),
    "role": pgettext_lazy("CSV column", "role"),
    "sponsor": pgettext_lazy("CSV column", "sponsor"),
    "state": pgettext_lazy("CSV column", "state"),
    "state_seen_since_utc": pgettext_lazy("CSV column", "state_seen_since_utc"),
    "task": pgettext_lazy("CSV column", "task"),
    "task_key": pgettext_lazy("CSV column", "task_key"),
}


def header(columns: Iterable[str]) -> list[str]:
    """The first row of a list with these columns."""
    return [str(NAMES[name]) for name in columns]
