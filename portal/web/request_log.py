"""Counts each request for `/metrics`."""

import time

from django.http import HttpRequest, HttpResponseBase

from portal import metrics
from portal.web.middleware import Middleware


class RequestLog(Middleware):
    """Sees every response, also to requests that a later middleware refuses."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.monotonic()
        response = self.get_response(request)
        metrics.REQUEST_SECONDS.labels(response.status_code).observe(time.monotonic() - started)
        return response
