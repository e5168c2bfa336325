"""Handling rows one by one, as the workers' duties do."""

from collections.abc import Callable, Iterable

import structlog

from portal.integrity import UNAVAILABLE

log = structlog.get_logger(__name__)

Row = tuple[object, Callable[[], int]]  # its key, and what is to be done with it


def run_each(rows: Iterable[Row], go_on: Callable[[], bool], *, duty: str) -> int:
    """Handle the rows as long as `go_on()` is true; returns the sum of the results.

    An unexpected error with one row does not hold up the others: each is logged, and the last one raised at
    the end. A database that does not answer is raised at once.
    """
    handled, failure = 0, None
    for key, handle in rows:
        if not go_on():
            break
        try:
            handled += handle()
        except UNAVAILABLE:
            raise
        except Exception as error:
            log.exception("a row failed", duty=duty, row=str(key))
            failure = error
    if failure:
        raise failure
    return handled
