"""The addresses of this room."""

from django.urls import path

from invites.audit.views import event, events

urlpatterns = [
    path("", events.events, name="audit"),
    path("<int:sequence>/", event.event, name="audit-event"),
    path("portal/<int:sequence>/", event.portal_event, name="audit-portal-event"),
]
