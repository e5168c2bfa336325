"""The stand-in's start page, and a control API for other processes.

The control API accepts only JSON, so that other sites' pages can't call it.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_noop as _

from portal.standin.entities import StandinUser
from portal.standin.errors import ApiError
from portal.standin.oauth_views import render_page, users_by_workspace
from portal.standin.standin import Standin, standin_of
from portal.standin.world import World

STYLE = Path(__file__).with_name("style.css")


def home(request: HttpRequest) -> HttpResponse:
    """The start page, which lists all users."""
    standin = standin_of(request)
    context = {
        "people": users_by_workspace(standin),
        "tasks": len(standin.world.tasks),
        "projects": len(standin.world.projects),
        "changes": CHANGES,
    }
    return render_page(request, "standin/home.html", context)


def style(request: HttpRequest) -> HttpResponse:
    """The style sheet of all pages."""
    return HttpResponse(STYLE.read_bytes(), content_type="text/css; charset=utf-8")


def control(request: HttpRequest, action: str) -> HttpResponse:
    """POST /standin/control/{fault, set, reset, requests, count, user} with a JSON object of arguments."""
    if request.method != "POST" or request.content_type != "application/json":
        return JsonResponse({"problem": "POST a JSON object"}, status=405)
    try:
        result = ACTIONS[action](standin_of(request), **json.loads(request.body or b"{}"))
    except (KeyError, TypeError, ValueError, ApiError) as error:
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
    webhook_copies: int | None = None,
    narrows_to_teams: bool | None = None,
    starts_at: str | None = None,
) -> None:
    """Change the given options. Time goes on from `starts_at`, or is the present again if that is empty."""
    world, limits, deliveries = standin.world, standin.limits, standin.deliveries
    deliveries.copies = deliveries.copies if webhook_copies is None else webhook_copies
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


CHANGES: dict[str, Callable[[World, StandinUser, StandinUser], Any]] = {
    _("accept"): lambda world, by, person: world.accept_invitation(person),
    _("deactivate"): lambda world, by, person: world.deactivate(by, person.id),
    _("activate"): lambda world, by, person: world.activate(by, person.id),
    _("archive"): lambda world, by, person: world.archive(by, person),
    _("connect"): lambda world, by, person: world.move_to_connect(by, person),
    _("delete"): lambda world, by, person: world.delete(by, person),
}
BY = "ada"  # who does it


def change_user(standin: Standin, *, who: str, change: str = "", role: str = "") -> None:
    """Let something happen to a user, by handle or address: one of CHANGES, or another role of the seed."""
    world = standin.world
    with world.lock:
        if role:
            world.change(world.person(who), role_id=world.role(role).id)
        if change or not role:
            CHANGES[change](world, world.person(BY), world.person(who))
    standin.on_change()


def change_on_page(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Let something happen to a user by a button on the start page; other sites' pages can't."""
    if request.headers.get("Sec-Fetch-Site") != "same-origin":
        return HttpResponse("Use the buttons on the start page.", status=403, content_type="text/plain")
    world = standin_of(request).world
    person, change = world.people.get(person_id), CHANGES.get(request.POST.get("change", ""))
    try:
        if person and change:
            change(world, world.person(BY), person)
    except ApiError as error:
        return HttpResponse(error.description, status=400, content_type="text/plain")
    standin_of(request).on_change()
    return HttpResponse(status=302, headers={"Location": "/standin/"})


def requests(standin: Standin, **_args: Any) -> dict[str, Any]:
    """The request log."""
    return {"requests": [asdict(one) for one in list(standin.requests)]}


ACTIONS: dict[str, Any] = {
    "fault": Standin.fault,
    "reset": Standin.reset,
    "set": set_options,
    "requests": requests,
    "user": change_user,
    "count": lambda standin, **filters: {"count": standin.count(**filters)},
}
