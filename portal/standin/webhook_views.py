"""Webhooks: what awork calls when something changes."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpResponse

from portal.standin import serializers
from portal.standin.api import ApiRequest, Fields, list_response, parse_object
from portal.standin.entities import Webhook, stable_id
from portal.standin.errors import invalid_fields, not_found

REQUIRED = {"name", "uri", "events", "isActive", "authenticationType"}
FIELDS = REQUIRED | {"authentication", "language", "onlyTriggerForMainEntityChanges"}
EVENTS = frozenset({"user_added", "user_status_changed", "user_activation_changed", "user_deleted"})


def webhooks(api: ApiRequest) -> HttpResponse:
    """GET /webhooks"""
    here = [one for one in api.world.webhooks.values() if one.workspace_id == api.person.workspace_id]
    return list_response(api, [serializers.webhook(one) for one in here])


def webhook(api: ApiRequest, webhook_id: UUID) -> Fields:
    """GET /webhooks/{id}"""
    return serializers.webhook(found(api, webhook_id))


def add_webhook(api: ApiRequest) -> Fields:
    """POST /webhooks"""
    now = api.world.now()
    new_id = stable_id("webhook", next(api.world.serial), now.isoformat())
    one = Webhook(new_id, api.person.workspace_id, api.person.id, now, **parse_form(api.body))
    api.world.webhooks[one.id] = one
    return serializers.webhook(one)


def change_webhook(api: ApiRequest, webhook_id: UUID) -> Fields:
    """PUT /webhooks/{id}: replaces all fields; failures are forgotten."""
    one = replace(found(api, webhook_id), **parse_form(api.body), last_failure_reason="")
    api.world.webhooks[one.id] = one
    return serializers.webhook(one)


def delete_webhook(api: ApiRequest, webhook_id: UUID) -> HttpResponse:
    """DELETE /webhooks/{id}"""
    del api.world.webhooks[found(api, webhook_id).id]
    return HttpResponse(status=204)


def found(api: ApiRequest, webhook_id: UUID) -> Webhook:
    """A webhook of the caller's workspace."""
    one = api.world.webhooks.get(webhook_id)
    if one is None or one.workspace_id != api.person.workspace_id:
        raise not_found("The webhook")
    return one


def parse_form(body: Any) -> dict[str, Any]:
    """The fields of a webhook, checked."""
    form = parse_object(body, FIELDS, REQUIRED)
    if not isinstance(form["isActive"], bool):
        raise invalid_fields(isActive="must be true or false")
    texts = {name: form.get(name) or "" for name in ("name", "uri", "events", "authenticationType")}
    texts["authentication"] = form.get("authentication") or ""
    for name, value in texts.items():
        if not isinstance(value, str):
            raise invalid_fields(**{name: "must be text"})
    if urlsplit(texts["uri"]).scheme not in {"http", "https"}:
        raise invalid_fields(uri="is not an address")
    if set(texts["events"].split(",")) - EVENTS:
        raise invalid_fields(events="contains an unknown event")
    if texts["authenticationType"] not in {"none", "header"}:
        raise invalid_fields(authenticationType="must be none or header")
    if texts["authenticationType"] == "header" and "=" not in texts["authentication"]:
        raise invalid_fields(authentication="must be a name and a value")
    return {
        "name": texts["name"],
        "uri": texts["uri"],
        "events": texts["events"],
        "is_active": form["isActive"],
        "authentication_type": texts["authenticationType"],
        "authentication": texts["authentication"],
    }
