"""Runs what may hang, such as sending to a server, for a limited time.

Problems are described in our own words, without URLs and what a server said: both may contain secrets.
They are stored and logged in English; `problems.shown` translates them.
"""

from collections.abc import Callable
from concurrent.futures import Future
from http.client import HTTPConnection, HTTPException, RemoteDisconnected
from threading import Thread
from urllib.error import HTTPError, URLError

from django.utils.translation import gettext_noop as _

from invites.audit import post
from invites.audit.problems import ANSWERED

TOTAL_SECONDS = 10.0

Work = Callable[[list[HTTPConnection]], None]  # adds the connections that it opens to the list


class NotDelivered(Exception):
    """Says in a few words why; `status` is that of the answer, or 0."""

    def __init__(self, words: str, status: int = 0) -> None:
        super().__init__(words)
        self.status = status


class Attempts:
    """Runs one attempt at a time, in a thread: neither file systems nor DNS lookups have a timeout."""

    def __init__(self) -> None:
        self.last: Future[None] | None = None

    def run(self, work: Work) -> None:
        """Run it until it ends or the time is over; raises `NotDelivered`."""
        if self.last and not self.last.done():
            raise NotDelivered(_("the previous attempt still hangs"))
        connections: list[HTTPConnection] = []
        done = self.last = Future()
        Thread(target=_finish, args=(done, work, connections), daemon=True).start()
        try:
            done.result(TOTAL_SECONDS)
        except (OSError, HTTPException, ValueError) as problem:
            status = problem.code if isinstance(problem, HTTPError) else 0
            raise NotDelivered(_in_words(problem), status) from None
        finally:
            for connection in connections:
                post.close(connection)


def _finish(done: Future[None], work: Work, connections: list[HTTPConnection]) -> None:
    try:
        work(connections)
    except Exception as problem:  # noqa: BLE001  # the waiting thread raises it
        done.set_exception(problem)
    else:
        done.set_result(None)


def _in_words(problem: Exception) -> str:
    if isinstance(problem, HTTPError):
        return ANSWERED % {"status": problem.code}
    if isinstance(problem, URLError) and isinstance(problem.reason, Exception):
        return _in_words(problem.reason)
    if isinstance(problem, TimeoutError):
        return _("it did not answer in time")
    if isinstance(problem, RemoteDisconnected):
        return _("it closed the connection without an answer")
    if isinstance(problem, HTTPException):
        return _("its answer is not valid HTTP")
    return getattr(problem, "strerror", None) or type(problem).__name__
