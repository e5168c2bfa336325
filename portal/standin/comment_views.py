"""Comments on tasks."""

from uuid import UUID

from django.http import HttpResponse

from portal.standin import serializers
from portal.standin.api import ApiRequest, Fields, list_response, parse_object, parse_uuid
from portal.standin.errors import forbidden, invalid_fields

MESSAGE_LIMIT = 65000  # characters
FIELDS = {"message", "userId", "previews", "isHiddenForConnectUsers", "isResolved", "inReplyToCommentId"}


def comments(api: ApiRequest, task_id: UUID) -> HttpResponse:
    """GET /tasks/{id}/comments"""
    found = api.world.task_comments(api.person, task_id)
    return list_response(api, [serializers.comment(api.world, one) for one in found])


def add_comment(api: ApiRequest, task_id: UUID) -> Fields:
    """POST /tasks/{id}/comments; only administrators comment in another user's name."""
    form = parse_object(api.body, FIELDS, {"message"})
    message, is_hidden = form["message"], form.get("isHiddenForConnectUsers") or False
    if not isinstance(message, str) or len(message) > MESSAGE_LIMIT:
        raise invalid_fields(message=f"must be text of at most {MESSAGE_LIMIT} characters")
    if not isinstance(is_hidden, bool):
        raise invalid_fields(isHiddenForConnectUsers="must be true or false")
    author = api.person
    if form.get("userId") is not None:
        author = api.world.user(api.person, parse_uuid("userId", form["userId"]))
        if author != api.person and not api.world.role_of(api.person).is_admin:
            raise forbidden()
    made = api.world.add_comment(author, task_id, message, is_hidden=is_hidden)
    return serializers.comment(api.world, made)
