"""Log lines as JSON on standard error, one object a line."""

import logging
import re
from typing import Any

import structlog
from structlog.typing import Processor

SHARED_PROCESSORS: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


class StripQueryString(logging.Filter):
    """Removes query strings from the lines of servers: the OAuth redirect contains a code."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = re.sub(r"\?\S*", "", record.getMessage()), ()
        return True


def json_formatter() -> logging.Formatter:
    """Makes a line of any record, of the desk or of a library."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED_PROCESSORS,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
    )


def config(*, debug: bool) -> dict[str, Any]:
    """The LOGGING setting: the same format for the portal and for libraries."""
    structlog.configure(
        processors=[*SHARED_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": json_formatter}},
        "filters": {"without_query": {"()": StripQueryString}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": "DEBUG" if debug else "INFO"},
        "loggers": {
            # Their lines contain complete URLs and headers, and so personal data and tokens.
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            "oauthlib": {"level": "WARNING"},
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": ["stderr"], "filters": ["without_query"], "propagate": False},
            "django.db.backends": {"level": "INFO"},
            "django.template": {"level": "INFO"},
        },
    }
