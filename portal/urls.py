"""All URLs."""

from django.urls import include, path

from portal import health

urlpatterns = [
    path("", include("portal.accounts.urls")),
    path("", include("invites.urls")),
    path("audit/", include("invites.audit.urls")),
    path("healthz", health.healthz, name="healthz"),
]
