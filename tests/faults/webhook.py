"""A webhook of the running desk's only workspace, added past its page."""

from uuid import uuid4

from cryptography.fernet import Fernet

from tests.faults.running_desk import RunningDesk
from tests.faults.workers import is_done

SECRET = "whsec_c2VjcmV0"


def add_webhook(desk: RunningDesk, url: str) -> None:
    """Add one that sends to this URL and signs with `SECRET`."""
    [(workspace, user)] = desk.sql("SELECT workspace_id, id FROM portal_user")
    texts = {
        "id": uuid4().hex,
        "workspace_id": workspace,
        "created_by_id": user,
        "url": url,
        "secret": Fernet(desk.env["TOKEN_KEYS"]).encrypt(SECRET.encode()).decode(),
        "format": "jsonl",
        "purpose": "SIEM",
        "problem": "",
        "created_at": "2026-01-01 00:00:00+00:00",
        "due_at": "2026-01-01 00:00:00+00:00",
    }
    others = {"position": 0, "batch_size": 100, "failures": 0, "of_portal": "FALSE", "is_on": "TRUE"}
    row = {name: f"'{text}'" for name, text in texts.items()} | others
    desk.sql(f"INSERT INTO invites_webhook ({', '.join(row)}) VALUES ({', '.join(map(str, row.values()))})")


def position(desk: RunningDesk) -> int:
    """The number of the last event that is delivered."""
    return int(desk.sql("SELECT position FROM invites_webhook")[0][0])


def is_delivered(desk: RunningDesk) -> bool:
    """Whether batches are done and the webhook has every event."""
    query = "SELECT MAX(sequence) FROM audit_event WHERE workspace = (SELECT workspace_id FROM portal_user)"
    return is_done(desk) and position(desk) == desk.sql(query)[0][0]
