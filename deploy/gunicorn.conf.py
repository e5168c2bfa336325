"""How gunicorn serves the desk: `gunicorn portal.wsgi --config deploy/gunicorn.conf.py`."""

# A request gets a thread when all of it is here, so slow clients don't occupy them.
worker_class = "portal.web.gunicorn_worker.Worker"
logger_class = "portal.web.gunicorn_logging.Logger"  # JSON, as all other lines
threads = 16  # most wait for awork; each holds one database connection while it works
timeout = 120
graceful_timeout = 120  # an invitation that is being sent is finished: awork may take that long
limit_request_line = 8190
control_socket_disable = True
