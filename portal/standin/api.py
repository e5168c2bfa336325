"""What all API views share: authentication, parameters, request bodies and paginated lists."""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse

from portal.standin.entities import JSON, StandinUser
from portal.standin.environment import API_KEY
from portal.standin.errors import ApiError, error_response, invalid_fields
from portal.standin.rights import require_access
from portal.standin.standin import Standin, standin_of
from portal.standin.world import World

PAGE_LIMIT = 1000
NUMBER = re.compile(r"[0-9]{1,9}")
ORDER = re.compile(r"(\w+)(?: (asc|desc))?")


@dataclass(frozen=True)
class ApiRequest:
    """An authenticated request; `person` is the caller."""

    request: HttpRequest
    standin: Standin
    person: StandinUser

    @property
    def world(self) -> World:
        """The stand-in's data."""
        return self.standin.world

    @property
    def body(self) -> Any:
        """The parsed JSON body."""
        try:
            value = json.loads(self.request.body)
            json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate could never be sent back
        except (ValueError, RecursionError):
            raise ApiError(400, "invalid-model", "The body is not valid JSON.") from None
        return value

    def bool_param(self, name: str) -> bool:
        """A query parameter that is true or false, false by default."""
        value = self.request.GET.get(name, "false").lower()
        if value not in {"true", "false"}:
            raise invalid_fields(**{name: "must be true or false"})
        return value == "true"

    def int_param(self, name: str, default: int, maximum: int) -> int:
        """A query parameter from 1 to `maximum`."""
        value = self.request.GET.get(name, str(default))
        if not NUMBER.fullmatch(value) or not 1 <= int(value) <= maximum:
            raise ApiError(400, "value-out-of-range", f"{name} must be a number from 1 to {maximum}.")
        return int(value)


Fields = dict[str, JSON]
Result = JSON | HttpResponse | list[Fields] | Fields
View = Callable[..., Result]


def api_view(route: str, *, allow_blocked: bool = False, **views: View) -> Callable[..., HttpResponse]:
    """A Django view that checks the caller and their rights, and calls the view for the request's method."""

    def dispatch(request: HttpRequest, **arguments: Any) -> HttpResponse:
        view = views.get(request.method or "")
        if view is None:
            return HttpResponse(status=405, headers={"Allow": ", ".join(views)})
        try:
            person = authenticate(request, allow_blocked=allow_blocked)
            api = ApiRequest(request, standin_of(request), person)
            require_access(api.world, person, route, request.method or "")
            result = view(api, **arguments)
        except ApiError as error:
            return error_response(error)
        if isinstance(result, HttpResponse):
            return result
        return JsonResponse(result, safe=False, json_dumps_params={"ensure_ascii": False})

    return dispatch


def authenticate(request: HttpRequest, *, allow_blocked: bool) -> StandinUser:
    """The token's owner; blocked and deactivated people are refused unless `allow_blocked`."""
    standin = standin_of(request)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer":
        raise ApiError(401, "unauthorized", "The token is missing.")
    if secrets.compare_digest(token.encode(), API_KEY.encode()):
        request.META["standin.caller"] = "api-key"
        return standin.world.person("ada")
    holder = standin.grants.holder(token)
    person = standin.world.people.get(holder) if holder else None
    if person is None:
        raise ApiError(401, "unauthorized", "The token is unknown or has expired.")
    request.META["standin.caller"] = person.handle or person.email
    if not allow_blocked and (person.is_blocked or person.is_deactivated):
        raise ApiError(401, "deactivated-user", "You are blocked or deactivated in this workspace.")
    return person


def list_response(api: ApiRequest, items: list[Fields]) -> HttpResponse:
    """One page of a list, sorted as requested; filters are refused."""
    if api.request.GET.get("filterby"):
        raise ApiError(400, "invalid-filter-or-order", "This filter is not supported.")
    return paginate(api, sort_items(items, api.request.GET.get("orderby", "")))


def sort_items(items: list[Fields], orderby: str) -> list[Fields]:
    """Sort by the properties in `orderby`, the first one first."""
    for part in reversed(orderby.split(",") if orderby else []):
        match = ORDER.fullmatch(part)
        if match is None or (items and match[1] not in items[0]):
            raise ApiError(400, "invalid-filter-or-order", "This order is not supported.")
        items = sorted(items, key=lambda item: str(item[match[1]]), reverse=match[2] == "desc")
    return items


def paginate(
    api: ApiRequest, items: list[Any], serialize: Callable[[Any], Fields] | None = None
) -> HttpResponse:
    """The requested page with awork's paging headers; only its items are serialized."""
    page, size = api.int_param("page", 1, 10**6), api.int_param("pageSize", PAGE_LIMIT, PAGE_LIMIT)
    shown = items[(page - 1) * size : page * size]
    response = JsonResponse(
        [serialize(item) for item in shown] if serialize else shown,
        safe=False,
        json_dumps_params={"ensure_ascii": False},
    )
    headers = {"aw-page": page, "aw-pagesize": size, "aw-items": len(shown), "aw-totalitems": len(items)}
    for name, number in headers.items():
        response[name] = str(number)
    return response


def parse_object(body: Any, allowed: set[str], required: set[str]) -> Mapping[str, Any]:
    """A JSON object with the required fields and no unknown ones."""
    if not isinstance(body, dict):
        raise ApiError(400, "invalid-model", "The body must be an object.")
    errors = dict.fromkeys(body.keys() - allowed, "is unknown")
    errors |= {name: "is required" for name in required if body.get(name) in (None, "")}
    if errors:
        raise invalid_fields(**errors)
    return body


def parse_uuid(name: str, value: Any) -> UUID:
    """An id in a request body."""
    try:
        return UUID(value if isinstance(value, str) else "")
    except ValueError:
        raise invalid_fields(**{name: "is not an id"}) from None
