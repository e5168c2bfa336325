"""gunicorn's own lines are JSON, and have no query string."""

import json
import logging
import runpy
from pathlib import Path

import pytest
from gunicorn.config import Config

from portal.web.gunicorn_logging import Logger

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def logger(tmp_path):
    """gunicorn's logger, whose lines go to a file; and the parsed lines."""
    settings, file = Config(), tmp_path / "log"
    settings.set("errorlog", str(file))
    settings.set("accesslog", str(file))
    made = Logger(settings)
    yield made, lambda: [json.loads(line) for line in file.read_text().splitlines()]
    for name in ("gunicorn.error", "gunicorn.access"):
        logging.getLogger(name).handlers.clear()


def test_its_lines_are_json_without_query_strings(logger):
    log, lines = logger
    log.info("Listening at: %s", "http://127.0.0.1:8001")
    try:
        int("odd")
    except ValueError:
        log.exception("Error handling request %s", "/login/callback/?code=hush&state=hush")
    log.access_log.info('"%s" 200', "GET /invite/?email=carla@creative.example HTTP/1.1")
    started, failed, access = lines()
    assert (started["event"], started["level"]) == ("Listening at: http://127.0.0.1:8001", "info")
    assert (failed["event"], failed["level"]) == ("Error handling request /login/callback/", "error")
    assert "ValueError: invalid literal" in failed["exception"]
    assert access["event"] == '"GET /invite/ HTTP/1.1" 200'


def test_the_deployed_server_uses_it():
    settings = runpy.run_path(str(ROOT / "deploy" / "gunicorn.conf.py"))
    assert settings["logger_class"] == f"{Logger.__module__}.{Logger.__qualname__}"
