"""gunicorn's own log lines, in the format of the desk's."""

import sys
from typing import Any

from gunicorn.glogging import Logger as GunicornLogger

from portal.logging import StripQueryString, json_formatter


class Logger(GunicornLogger):  # type: ignore[misc]
    """`gunicorn --logger-class portal.web.gunicorn_logging.Logger`."""

    def setup(self, cfg: Any) -> None:
        """Set up the handlers, for errors and, where it is switched on, for the access log."""
        super().setup(cfg)
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            handler.setFormatter(json_formatter())
            handler.addFilter(StripQueryString())

    def exception(self, msg: Any, *args: Any, **options: Any) -> None:
        """Log an exception, unless `RequestLog` did, which knows the request."""
        if not getattr(sys.exception(), "is_logged", False):
            super().exception(msg, *args, **options)
