"""What all API views have in common: who calls, the body, pages of lists, and errors as awork writes them."""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse

from portal.standin.address import API_KEY
from portal.standin.records import JSON, Person
from portal.standin.refusal import Refusal, invalid
from portal.standin.service import Standin, standin_of
from portal.standin.world import World

PAGE_LIMIT = 1000
LINK = "https://developers.awork.com"
NUMBER = re.compile(r"[0-9]{1,9}")
ORDER = re.compile(r"(\w+)(?: (asc|desc))?")


@dataclass(frozen=True)
class Call:
    """One authorised request."""

    request: HttpRequest
    standin: Standin
    person: Person

    @property
    def world(self) -> World:
        """The world it is about."""
        return self.standin.world

    @property
    def body(self) -> Any:
        """The JSON body."""
        try:
            value = json.loads(self.request.body)
            json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair could never be shown
        except (ValueError, RecursionError):
            raise Refusal(400, "invalid-model", "The body is not valid JSON.") from None
        return value

    def flag(self, name: str) -> bool:
        """A query parameter that is true or false; false where absent."""
        value = self.request.GET.get(name, "false").lower()
        if value not in {"true", "false"}:
            raise invalid(**{name: "must be true or false"})
        return value == "true"

    def number(self, name: str, default: int, most: int) -> int:
        """A query parameter from 1 to `most`."""
        value = self.request.GET.get(name, str(default))
        if not NUMBER.fullmatch(value) or not 1 <= int(value) <= most:
            raise Refusal(400, "value-out-of-range", f"{name} must be a number from 1 to {most}.")
        return int(value)


Fields = dict[str, JSON]
Answer = JSON | HttpResponse | list[Fields] | Fields
View = Callable[..., Answer]


def route(*, even_blocked: bool = False, **views: View) -> Callable[..., HttpResponse]:
    """One view for each method of an address, for people who are signed in."""

    def dispatch(request: HttpRequest, **arguments: Any) -> HttpResponse:
        view = views.get(request.method or "")
        if view is None:
            return HttpResponse(status=405, headers={"Allow": ", ".join(views)})
        try:
            call = Call(request, standin_of(request), caller(request, even_blocked=even_blocked))
            answer = view(call, **arguments)
        except Refusal as refusal:
            return error(refusal)
        if isinstance(answer, HttpResponse):
            return answer
        return JsonResponse(answer, safe=False, json_dumps_params={"ensure_ascii": False})

    return dispatch


def caller(request: HttpRequest, *, even_blocked: bool) -> Person:
    """Whose token this is. Blocked and deactivated people may ask who they are, and nothing else."""
    standin = standin_of(request)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer":
        raise Refusal(401, "unauthorized", "There is no token.")
    if secrets.compare_digest(token.encode(), API_KEY.encode()):
        request.META["standin.who"] = "api-key"
        return standin.world.person("ada")
    holder = standin.grants.holder(token)
    person = standin.world.people.get(holder) if holder else None
    if person is None:
        raise Refusal(401, "unauthorized", "The token is unknown or has run out.")
    request.META["standin.who"] = person.handle or person.email
    if not even_blocked and (person.is_blocked or person.is_deactivated):
        raise Refusal(401, "deactivated-user", "The user may not work in this workspace.")
    return person


def error(refusal: Refusal) -> JsonResponse:
    """awork's error object."""
    checked: list[JSON] = [
        {"property": name, "message": message} for name, message in refusal.validation.items()
    ]
    return JsonResponse(
        {
            "code": refusal.code,
            "description": refusal.description,
            "link": LINK,
            "traceId": secrets.token_hex(16),
            "details": [],
            "validationErrors": checked,
        },
        status=refusal.status,
    )


def listed(call: Call, items: list[dict[str, JSON]]) -> HttpResponse:
    """One page of a list with awork's paging headers; what cannot be ordered or filtered is refused."""
    if call.request.GET.get("filterby"):
        raise Refusal(400, "invalid-filter-or-order", "The filter is not understood.")
    return paged(call, ordered(items, call.request.GET.get("orderby", "")))


def ordered(items: list[dict[str, JSON]], orderby: str) -> list[dict[str, JSON]]:
    """Sorted by properties, the last one first so that the first one rules."""
    for part in reversed(orderby.split(",") if orderby else []):
        match = ORDER.fullmatch(part)
        if match is None or (items and match[1] not in items[0]):
            raise Refusal(400, "invalid-filter-or-order", "The order is not understood.")
        items = sorted(items, key=lambda item: str(item[match[1]]), reverse=match[2] == "desc")
    return items


def paged(
    call: Call, items: list[Any], write: Callable[[Any], dict[str, JSON]] | None = None
) -> HttpResponse:
    """The page that was asked for; `write` turns what is on it into JSON."""
    page, size = call.number("page", 1, 10**6), call.number("pageSize", PAGE_LIMIT, PAGE_LIMIT)
    shown = items[(page - 1) * size : page * size]
    response = JsonResponse(
        [write(item) for item in shown] if write else shown,
        safe=False,
        json_dumps_params={"ensure_ascii": False},
    )
    numbers = {"aw-page": page, "aw-pagesize": size, "aw-items": len(shown), "aw-totalitems": len(items)}
    for name, number in numbers.items():
        response[name] = str(number)
    return response


def fields(body: Any, known: set[str], required: set[str]) -> Mapping[str, Any]:
    """An object of these fields and no others."""
    if not isinstance(body, dict):
        raise Refusal(400, "invalid-model", "The body must be an object.")
    wrong = dict.fromkeys(body.keys() - known, "is not known")
    wrong |= {name: "is required" for name in required if body.get(name) in (None, "")}
    if wrong:
        raise invalid(**wrong)
    return body


def uuid(name: str, value: Any) -> UUID:
    """An id out of a body."""
    try:
        return UUID(value if isinstance(value, str) else "")
    except ValueError:
        raise invalid(**{name: "is not an id"}) from None
