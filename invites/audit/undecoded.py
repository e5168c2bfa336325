"""Reads text that may have been tampered with in the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from django.db import connection

_decode = partial(str, encoding="utf-8", errors="surrogateescape")


@contextmanager
def undecoded_text() -> Iterator[None]:
    """Read bytes that are not UTF-8 as surrogates, which no hash covers; SQLite's driver fails at them.

    PostgreSQL keeps no such text.
    """
    connection.ensure_connection()
    if connection.vendor != "sqlite":
        yield
        return
    driver = connection.connection
    usual, driver.text_factory = driver.text_factory, _decode
    try:
        yield
    finally:
        driver.text_factory = usual
