"""The application that a server such as gunicorn loads: `gunicorn portal.wsgi`."""

import os
import sys
from pathlib import Path

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application

from portal.file_access import static_files_problem

LOAD_ERROR = 4  # gunicorn stops if a worker exits with this code; otherwise it would restart it


def load() -> WSGIHandler:
    """The application. Raises `ImproperlyConfigured`."""
    problem = "" if settings.DEBUG else static_files_problem(Path(settings.STATIC_ROOT))
    if problem:
        raise ImproperlyConfigured(f"The portal cannot start. STATIC_ROOT: {problem}.")
    return get_wsgi_application()


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
try:
    application = load()
except ImproperlyConfigured as problem:
    sys.stderr.write(f"{problem}\n")
    sys.exit(LOAD_ERROR)
structlog.get_logger(__name__).info("the desk started", version=settings.VERSION)
