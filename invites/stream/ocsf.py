"""Events in the Open Cybersecurity Schema Framework (OCSF), which systems that watch many logs can read.

Everything of the event is also under `unmapped`, as in our own JSON lines, so that it can be verified.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings

from invites.audit.catalogue import EventType
from invites.audit.models import Person
from portal.actor import PORTAL_WORKSPACE

VERSION = "1.3.0"  # of the schema
CATEGORY = 3  # Identity & Access Management
AUTHENTICATION, ENTITY, ACCESS = 3002, 3004, 3005  # classes
LOGON, LOGOFF = 1, 2  # activities, by class
CREATE, READ, UPDATE, DELETE, OTHER = 1, 2, 3, 4, 99
ASSIGN, REVOKE = 1, 2
UNKNOWN, SUCCESS, FAILURE = 0, 1, 2  # statuses
INFORMATIONAL, LOW, MEDIUM, HIGH, CRITICAL = 1, 2, 3, 4, 5  # severities
UNKNOWN_TYPE, PERSON_TYPE, SYSTEM_TYPE = 0, 1, 3  # of users
PRODUCT = "Invitation desk"


@dataclass(frozen=True)
class Kind:
    """What a type of event is in OCSF; `entity` names what was changed or read."""

    class_uid: int
    activity: int
    entity: str = ""
    status: int = SUCCESS
    severity: int = INFORMATIONAL


INVITED = Kind(ENTITY, CREATE, "invitation")
ASSIGNED = Kind(ENTITY, UPDATE, "assignees")
COMMENT = Kind(ENTITY, CREATE, "comment")
BATCH = Kind(ENTITY, UPDATE, "batch")
GUEST = Kind(ENTITY, READ, "guest")  # awork was asked what became of them
ENDED = Kind(ENTITY, DELETE, "access")
ACTIVATED = Kind(ENTITY, CREATE, "access")
LOG = Kind(ENTITY, READ, "audit log")
REVIEW = Kind(ENTITY, UPDATE, "review")
TOKEN = Kind(ENTITY, CREATE, "API token")
FEED_KEY = Kind(ENTITY, CREATE, "key of a feed")
WEBHOOK = Kind(ENTITY, UPDATE, "webhook")

KINDS = {
    EventType.SIGNED_IN: Kind(AUTHENTICATION, LOGON),
    EventType.SIGNED_OUT: Kind(AUTHENTICATION, LOGOFF),
    EventType.SIGN_IN_REFUSED: Kind(AUTHENTICATION, LOGON, status=FAILURE, severity=LOW),
    EventType.SESSION_EXPIRED: Kind(AUTHENTICATION, LOGOFF),
    EventType.INVITATION_REQUESTED: replace(INVITED, status=UNKNOWN),
    EventType.INVITATION_SENT: INVITED,
    EventType.INVITATION_REFUSED: replace(INVITED, status=FAILURE, severity=LOW),
    EventType.INVITATION_NOT_SENT: replace(INVITED, status=FAILURE, severity=LOW),
    EventType.INVITATION_UNCLEAR: replace(INVITED, status=UNKNOWN, severity=MEDIUM),
    EventType.INVITATION_CHECKED: replace(INVITED, activity=READ, status=UNKNOWN),
    EventType.INVITATION_SETTLED: replace(INVITED, activity=UPDATE),
    EventType.INVITATION_DISMISSED: replace(INVITED, activity=UPDATE),
    EventType.ASSIGNEES_KEPT: replace(ASSIGNED, activity=READ),
    EventType.ASSIGNEES_RESTORED: ASSIGNED,
    EventType.ASSIGNEES_NOT_RESTORED: replace(ASSIGNED, status=FAILURE, severity=MEDIUM),
    EventType.ASSIGNEES_REPLACED: ASSIGNED,
    EventType.ASSIGNEES_RELEASED: ASSIGNED,
    EventType.GUEST_ASSIGNMENT_REQUESTED: replace(ASSIGNED, status=UNKNOWN),
    EventType.GUEST_ASSIGNED: ASSIGNED,
    EventType.GUEST_NOT_ASSIGNED: replace(ASSIGNED, status=FAILURE, severity=LOW),
    EventType.GUEST_ASSIGNMENT_UNCLEAR: replace(ASSIGNED, status=UNKNOWN, severity=MEDIUM),
    EventType.COMMENT_REQUESTED: replace(COMMENT, status=UNKNOWN),
    EventType.COMMENT_POSTED: COMMENT,
    EventType.COMMENT_NOT_POSTED: replace(COMMENT, status=FAILURE),
    EventType.COMMENT_UNCLEAR: replace(COMMENT, status=UNKNOWN, severity=LOW),
    EventType.BATCH_STARTED: replace(BATCH, activity=CREATE),
    EventType.BATCH_PAUSED: BATCH,
    EventType.BATCH_RESUMED: BATCH,
    EventType.BATCH_STOPPED: BATCH,
    EventType.BATCH_FINISHED: BATCH,
    EventType.ATTEMPT_REFUSED: Kind(ENTITY, OTHER, "desk", FAILURE, LOW),
    EventType.ROLE_CHANGED: Kind(ACCESS, ASSIGN),
    EventType.ROLE_CONFIRMED: Kind(ACCESS, ASSIGN),
    EventType.ROLE_REJECTED: Kind(ACCESS, REVOKE),
    EventType.SETTINGS_CHANGED: Kind(ENTITY, UPDATE, "policy"),
    EventType.EXPORTED: LOG,
    EventType.INVITATIONS_EXPORTED: Kind(ENTITY, READ, "invitations"),
    EventType.VERIFIED: LOG,
    EventType.ERASED: Kind(ENTITY, DELETE, "guest"),
    EventType.RESTORED: replace(LOG, activity=UPDATE, severity=HIGH),
    EventType.GUEST_PENDING: GUEST,
    EventType.GUEST_JOINED: GUEST,
    EventType.GUEST_MOVED: GUEST,
    EventType.GUEST_ENDED: GUEST,
    EventType.GUEST_GONE: GUEST,
    EventType.GUEST_HANDED_OVER: replace(GUEST, activity=UPDATE),
    EventType.GUEST_END_DATE_SET: replace(GUEST, activity=UPDATE),
    EventType.GUEST_END_DATE_REMOVED: replace(GUEST, activity=UPDATE),
    EventType.GUEST_END_WARNED: replace(GUEST, activity=OTHER),
    EventType.GUEST_END_DATE_PASSED: replace(GUEST, activity=OTHER, severity=LOW),
    EventType.GUESTS_EXPORTED: replace(GUEST, entity="guests"),
    EventType.REVIEW_STARTED: replace(REVIEW, activity=CREATE),
    EventType.GUEST_REVIEWED: REVIEW,
    EventType.REVIEW_CLOSED: REVIEW,
    EventType.REVIEW_EXPORTED: replace(REVIEW, activity=READ),
    EventType.ENDING_REQUESTED: replace(ENDED, status=UNKNOWN),
    EventType.ENDING_WAITING: replace(ENDED, status=UNKNOWN, severity=LOW),
    EventType.ENDING_DONE: ENDED,
    EventType.ENDING_REFUSED: replace(ENDED, status=FAILURE, severity=LOW),
    EventType.ENDING_NOT_DONE: replace(ENDED, status=FAILURE, severity=LOW),
    EventType.ENDING_UNCLEAR: replace(ENDED, status=UNKNOWN, severity=MEDIUM),
    EventType.ENDING_CHECKED: replace(ENDED, activity=READ, status=UNKNOWN),
    EventType.ENDING_SETTLED: replace(ENDED, activity=UPDATE),
    EventType.ACTIVATION_REQUESTED: replace(ACTIVATED, status=UNKNOWN),
    EventType.ACTIVATION_WAITING: replace(ACTIVATED, status=UNKNOWN, severity=LOW),
    EventType.ACTIVATION_DONE: ACTIVATED,
    EventType.ACTIVATION_REFUSED: replace(ACTIVATED, status=FAILURE, severity=LOW),
    EventType.ACTIVATION_NOT_DONE: replace(ACTIVATED, status=FAILURE, severity=LOW),
    EventType.ACTIVATION_UNCLEAR: replace(ACTIVATED, status=UNKNOWN, severity=MEDIUM),
    EventType.ACTIVATION_CHECKED: replace(ACTIVATED, activity=READ, status=UNKNOWN),
    EventType.ACTIVATION_SETTLED: replace(ACTIVATED, activity=UPDATE),
    EventType.FEED_KEY_CREATED: FEED_KEY,
    EventType.FEED_KEY_REVOKED: replace(FEED_KEY, activity=DELETE),
    EventType.FEED_READ: Kind(ENTITY, READ, "feed"),
    EventType.API_TOKEN_CREATED: TOKEN,
    EventType.API_TOKEN_REVOKED: replace(TOKEN, activity=DELETE),
    EventType.LOG_READ: LOG,
    EventType.KEY_ROTATED: Kind(ENTITY, UPDATE, "audit key"),
    EventType.WEBHOOK_ADDED: replace(WEBHOOK, activity=CREATE),
    EventType.WEBHOOK_CHANGED: WEBHOOK,
    EventType.WEBHOOK_REMOVED: replace(WEBHOOK, activity=DELETE),
    EventType.WEBHOOK_PARKED: replace(WEBHOOK, status=FAILURE, severity=MEDIUM),
    EventType.AWORK_UPDATES: replace(WEBHOOK, entity="webhook of awork"),
}
FOUND_BROKEN = replace(LOG, status=FAILURE, severity=CRITICAL)
UNKNOWN_KIND = Kind(ENTITY, OTHER, "desk", UNKNOWN)  # of a later version of the desk


def event_of(entry: dict[str, Any]) -> dict[str, Any]:
    """The event of one of our JSON lines in OCSF."""
    event = entry["event"]
    kind = _kind(event)
    source = {"src_endpoint": {"ip": event["address"]}} if event["address"] else {}
    return {
        "activity_id": kind.activity,
        "category_uid": CATEGORY,
        "class_uid": kind.class_uid,
        "type_uid": kind.class_uid * 100 + kind.activity,
        "severity_id": kind.severity,
        "status_id": kind.status,
        "time": round(datetime.fromisoformat(event["at"]).timestamp() * 1000),
        "message": _label(event["type"]),
        "metadata": _metadata(event),
        "actor": {"user": _actor(event)},
        **_about(kind, entry),
        **source,
        "unmapped": entry,
    }


def _kind(event: dict[str, Any]) -> Kind:
    if event["type"] == EventType.VERIFIED and event["outcome"] != "whole":
        return FOUND_BROKEN
    return KINDS.get(event["type"], UNKNOWN_KIND)


def _label(type: str) -> str:
    return str(EventType(type).label) if type in EventType else type


def _metadata(event: dict[str, Any]) -> dict[str, Any]:
    is_portal = event["workspace"] == str(PORTAL_WORKSPACE)
    return {
        "version": VERSION,
        "product": {"name": PRODUCT, "vendor_name": PRODUCT, "version": settings.VERSION},
        "uid": f"{event['workspace']}/{event['sequence']}",
        "sequence": event["sequence"],
        "event_code": event["type"],
        "correlation_uid": event["correlation"],
        "log_name": "portal" if is_portal else "workspace",
    }


def _about(kind: Kind, entry: dict[str, Any]) -> dict[str, Any]:
    """What the class requires besides: who signed in, whose role was changed, or the entity."""
    event = entry["event"]
    details = event["details"] if isinstance(event["details"], dict) else {}  # else tampered with
    if kind.class_uid == AUTHENTICATION:
        user = _person(entry, Person.Kind.REFUSED) or _actor(event)
        return {"user": user, "service": {"name": PRODUCT}}
    if kind.class_uid == ACCESS:
        user = _person(entry, Person.Kind.MEMBER) or {"name": "erased", "type_id": UNKNOWN_TYPE}
        return {"user": user, "privileges": [str(details.get("after", ""))]}
    known = [event["invitation"], details.get("batch"), details.get("review"), details.get("prefix")]
    uid = next((one for one in known if one), kind.entity)
    return {"entity": {"type": kind.entity, "name": kind.entity, "uid": uid}}


def _actor(event: dict[str, Any]) -> dict[str, Any]:
    type = PERSON_TYPE if event["actor_id"] else SYSTEM_TYPE if event["actor_name"] else UNKNOWN_TYPE
    name = event["actor_name"] or event["actor_email"] or "unknown"
    return _user(name, type, event["actor_id"], event["actor_email"])


def _person(entry: dict[str, Any], kind: str) -> dict[str, Any] | None:
    """The first person of this kind who has not been erased."""
    for one in entry["people"]:
        if one and one["kind"] == kind:
            name = f"{one['first_name']} {one['last_name']}".strip() or one["email"] or "unknown"
            return _user(name, PERSON_TYPE, one["awork_id"], one["email"])
    return None


def _user(name: str, type: int, uid: str | None, email: str) -> dict[str, Any]:
    known = {"uid": uid, "email_addr": email}
    return {"name": name, "type_id": type} | {key: value for key, value in known.items() if value}
