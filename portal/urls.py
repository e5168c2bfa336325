"""All URLs."""

from django.urls import include, path

from portal import health

urlpatterns = [
    path("", include("portal.accounts.urls")),
    path("", include("invites.urls")),
    path("audit/", include("invites.audit.urls")),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("healthz", health.readyz, name="healthz"),
]
handler404 = "portal.web.not_found.not_found"
