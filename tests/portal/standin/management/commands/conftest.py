"""A free port for each process."""

import socket

import pytest


def free_port() -> int:
    """A port that is free at the moment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
        return number


@pytest.fixture
def port() -> int:
    return free_port()
