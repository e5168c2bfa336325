"""The stand-in's start page, and a control API for other processes.

The control API accepts only JSON, so that other sites' pages can't call it.
"""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from portal.standin.oauth_views import render_page, users_by_workspace
from portal.standin.standin import Standin, standin_of

STYLE = Path(__file__).with_name("style.css")


def home(request: HttpRequest) -> HttpResponse:
    """The start page, which lists all users."""
    standin = standin_of(request)
    context = {"people": users_by_workspace(standin), "tasks": len(standin.world.tasks)}
    return render_page(request, "standin/home.html", context)


def style(request: HttpRequest) -> HttpResponse:
    """The style sheet of all pages."""
    return HttpResponse(STYLE.read_bytes(), content_type="text/css; charset=utf-8")


def control(request: HttpRequest, action: str) -> HttpResponse:
    """POST /standin/control/{fault, set, reset, requests, count} with a JSON object of arguments."""
    if request.method != "POST" or request.content_type != "application/json":
        return JsonResponse({"problem": "POST a JSON object"}, status=405)
    try:
        result = ACTIONS[action](standin_of(request), **json.loads(request.body or b"{}"))
    except (KeyError, TypeError, ValueError) as error:
        return JsonResponse({"problem": repr(error)}, status=400)
    return JsonResponse(result or {})


def set_options(
    standin: Standin,
    *,
    replaces: bool | None = None,
    seats: int | None = None,
    delay: float | None = None,
    per_second: int | None = None,
    per_minute: int | None = None,
    access_seconds: int | None = None,
    narrows_to_teams: bool | None = None,
    starts_at: str | None = None,
) -> None:
    """Change the given options. Time goes on from `starts_at`, or is the present again if that is empty."""
    world, limits = standin.world, standin.limits
    world.replaces = world.replaces if replaces is None else replaces
    world.narrows_to_teams = world.narrows_to_teams if narrows_to_teams is None else narrows_to_teams
    world.seats = world.seats if seats is None else seats
    standin.faults.delay = standin.faults.delay if delay is None else delay
    limits.second = limits.second if per_second is None else per_second
    limits.minute = limits.minute if per_minute is None else per_minute
    if per_second is not None or per_minute is not None:
        limits.used = {}  # what was used under other limits, such as while the demo made its past
    if starts_at is not None:
        world.set_time(datetime.fromisoformat(starts_at) if starts_at else None)
    grants = standin.grants
    grants.access_seconds = grants.access_seconds if access_seconds is None else access_seconds


def requests(standin: Standin, **_: Any) -> dict[str, Any]:
    """The request log."""
    return {"requests": [asdict(one) for one in list(standin.requests)]}


ACTIONS: dict[str, Any] = {
    "fault": Standin.fault,
    "reset": Standin.reset,
    "set": set_options,
    "requests": requests,
    "count": lambda standin, **filters: {"count": standin.count(**filters)},
}
