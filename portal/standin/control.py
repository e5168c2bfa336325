"""The stand-in's own pages, and its switches for other processes.

The switches take JSON only, so that no web page can press them.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from portal.standin.oauth import groups, page
from portal.standin.service import Standin, standin_of

STYLE = Path(__file__).with_name("style.css")


def home(request: HttpRequest) -> HttpResponse:
    """What this is, and who lives here."""
    standin = standin_of(request)
    return page(request, "standin/home.html", {"people": groups(standin), "tasks": len(standin.world.tasks)})


def style(request: HttpRequest) -> HttpResponse:
    """The style sheet of both pages."""
    return HttpResponse(STYLE.read_bytes(), content_type="text/css; charset=utf-8")


def control(request: HttpRequest, verb: str) -> HttpResponse:
    """POST /standin/control/{fault, set, reset, requests, count} with a JSON object of arguments."""
    if request.method != "POST" or request.content_type != "application/json":
        return JsonResponse({"problem": "POST a JSON object"}, status=405)
    try:
        answer = VERBS[verb](standin_of(request), **json.loads(request.body or b"{}"))
    except (KeyError, TypeError, ValueError) as problem:
        return JsonResponse({"problem": repr(problem)}, status=400)
    return JsonResponse(answer or {})


def set_rules(
    standin: Standin,
    *,
    replaces: bool | None = None,
    seats: int | None = None,
    delay: float | None = None,
    per_second: int | None = None,
    per_minute: int | None = None,
    access_seconds: int | None = None,
) -> None:
    """Change what is given, leave the rest."""
    world, limits = standin.world, standin.limits
    world.replaces = world.replaces if replaces is None else replaces
    world.seats = world.seats if seats is None else seats
    standin.faults.delay = standin.faults.delay if delay is None else delay
    limits.second = limits.second if per_second is None else per_second
    limits.minute = limits.minute if per_minute is None else per_minute
    grants = standin.grants
    grants.access_seconds = grants.access_seconds if access_seconds is None else access_seconds


def requests(standin: Standin, **_: Any) -> dict[str, Any]:
    """All that came."""
    return {"requests": [asdict(one) for one in list(standin.requests)]}


VERBS: dict[str, Any] = {
    "fault": Standin.fault,
    "reset": Standin.reset,
    "set": set_rules,
    "requests": requests,
    "count": lambda standin, **given: {"count": standin.count(**given)},
}
