"""Until when requests may leave: a right to act that has run out must not be used late.

Measured by the clock on the wall, which goes on while a machine sleeps.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_end: ContextVar[float] = ContextVar("end", default=math.inf)


@contextmanager
def nothing_after(seconds: float) -> Iterator[None]:
    """Let no request of the block leave once these seconds are over, or those of a block around it."""
    token = _end.set(min(_end.get(), time.time() + seconds))
    try:
        yield
    finally:
        _end.reset(token)


def left() -> float:
    """Seconds until then; infinite where nothing ends."""
    return _end.get() - time.time()
