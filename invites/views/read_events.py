"""`/api/audit/`: the audit log for other systems, oldest event first."""

import re
from dataclasses import dataclass
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.views.decorators.http import require_safe

from invites.models import ApiToken
from invites.stream import formats, tokens
from invites.stream.reader import BeyondEnd, Part, StreamBroken, read
from invites.stream.tokens import InvalidToken
from portal import actor
from portal.accounts.permissions import public
from portal.actor import PORTAL_WORKSPACE
from portal.web import rate_limits
from portal.web.rate_limits import RateLimitExceeded

LIMIT, MAX_LIMIT = 500, 1000  # events
MAX_BYTES = 4_000_000
NUMBER = re.compile(r"[0-9]{1,19}")
CHAINS = ("workspace", "portal")

log = structlog.get_logger(__name__)


class RequestError(Exception):
    """Raised for a request that is answered with this status, code and sentence."""

    def __init__(self, status: int, code: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status, self.body = status, {"error": code, "message": message, **more}


@dataclass(frozen=True)
class Query:
    """The parameters, all of which are optional."""

    after: int
    limit: int
    format: str
    chain: str


@require_safe
@public
def read_events(request: HttpRequest) -> HttpResponse:
    """The events after number `after`, one on each line; the header `X-Next-After` has the next `after`.

    Asks for the token of the `Authorization` header only: cookies count for nothing, and none are set.
    """
    try:
        token = tokens.authenticate(request.headers.get("Authorization", ""))
    except InvalidToken:
        response = _error(RequestError(401, "unauthorized", "Send a valid API token as bearer token."))
        response["WWW-Authenticate"] = 'Bearer realm="audit log"'
        return response
    try:
        return _answer(request, token)
    except RequestError as error:
        return _error(error)
    except RateLimitExceeded as problem:
        response = _error(RequestError(429, "too_many_requests", f"Try again in {problem.wait} seconds."))
        response["Retry-After"] = str(problem.wait)
        return response


def _answer(request: HttpRequest, token: ApiToken) -> HttpResponse:
    by = tokens.actor_of(token, **actor.origin(request))
    rate_limits.hit(rate_limits.API, by=by, person=token.id)
    query = _parse(request.GET)
    if query.chain == "portal" and not token.reads_portal:
        raise RequestError(403, "forbidden", "This token doesn't read the portal's own events.")
    tokens.note_use(token, by=by)
    part = _read(query, token)
    response = HttpResponse("".join(part.lines), content_type="application/jsonl; charset=utf-8")
    response["X-Next-After"] = str(part.last)
    response["Cache-Control"] = "no-store"
    return response


def _read(query: Query, token: ApiToken) -> Part:
    workspace = PORTAL_WORKSPACE if query.chain == "portal" else token.workspace_id
    form = formats.FORMATS[query.format]
    try:
        return read(workspace, query.after, query.limit, max_bytes=MAX_BYTES, form=form)
    except BeyondEnd as problem:
        text = f"The log ends at event {problem.last}. Was an older backup restored?"
        raise RequestError(409, "beyond_end", text, last=problem.last) from None
    except StreamBroken as problem:
        log.exception("the log can't be read", after=problem.after)
        text = f"The event after {problem.after} is missing or can't be read. Verify the log."
        raise RequestError(500, "broken", text, after=problem.after) from None


def _parse(given: QueryDict) -> Query:
    allowed = {"after", "limit", "format", "chain"}
    if given.keys() - allowed or any(len(values) > 1 for _, values in given.lists()):
        text = f"The parameters are {', '.join(sorted(allowed))}, each at most once."
        raise RequestError(400, "invalid", text)
    return Query(
        after=_number(given, "after", 0, 0, 10**18),
        limit=_number(given, "limit", LIMIT, 1, MAX_LIMIT),
        format=_choice(given, "format", tuple(formats.FORMATS)),
        chain=_choice(given, "chain", CHAINS),
    )


def _number(given: QueryDict, name: str, default: int, least: int, most: int) -> int:
    text = given.get(name, str(default))
    if not NUMBER.fullmatch(text) or not least <= int(text) <= most:
        raise RequestError(400, "invalid", f"{name} is a whole number from {least} to {most}.")
    return int(text)


def _choice(given: QueryDict, name: str, choices: tuple[str, ...]) -> str:
    value = given.get(name, choices[0])
    if value not in choices:
        raise RequestError(400, "invalid", f"{name} is {' or '.join(choices)}.")
    return value


def _error(error: RequestError) -> HttpResponse:
    return JsonResponse(error.body, status=error.status, headers={"Cache-Control": "no-store"})
