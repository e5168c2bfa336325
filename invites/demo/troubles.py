"""What went wrong with some of the demo's invitations, made to happen at the stand-in awork."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from invites.demo.standin import Standin

INVITE, ASSIGN, TASK = "/tasks/assignuserbyemail", "/setassignees", "/tasks/"
SEATS = 50
NOT_FOUND = {"code": "not-found", "description": "The task was not found."}

TROUBLES: dict[str, Callable[[Standin], None]] = {
    "": lambda standin: None,
    "answer lost": lambda standin: standin.fault("POST", INVITE, "cut_after"),
    "request lost": lambda standin: standin.fault("POST", INVITE, "cut_before"),
    "no licence": lambda standin: standin.set(seats=1),
    "rate limited": lambda standin: standin.fault("POST", INVITE, "rate_limited", reset=60),
    "task unreadable": lambda standin: standin.fault("GET", TASK, "status", status=404, body=NOT_FOUND),
    "assignees fail": lambda standin: standin.fault("POST", ASSIGN, "status", status=500),
}


@contextmanager
def trouble(standin: Standin, name: str) -> Iterator[None]:
    """Let what the block asks of awork go wrong in this way."""
    TROUBLES[name](standin)
    yield
    if name == "no licence":
        standin.set(seats=SEATS)
