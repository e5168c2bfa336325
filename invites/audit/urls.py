"""URLs of the audit log."""

from django.urls import path

from invites.audit.views import event, events, exports, histogram, verify

urlpatterns = [
    path("", events.events, name="audit"),
    path("histogram/", histogram.histogram, name="audit-histogram"),
    path("export.csv", exports.as_csv, name="audit-csv"),
    path("export.jsonl", exports.as_jsonl, name="audit-jsonl"),
    path("checkpoints.txt", exports.signed, name="audit-checkpoints"),
    path("verify_export.py", exports.verifier, name="audit-verifier"),
    path("verify/", verify.verify_now, name="audit-verify"),
    path("<int:sequence>/", event.event, name="audit-event"),
    path("portal/<int:sequence>/", event.portal_event, name="audit-portal-event"),
]
