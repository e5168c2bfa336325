"""The stand-in's URLs, the same in the demo and on a separate port."""

from django.urls import path

from portal.standin import control, oauth_views, views
from portal.standin.api import api_view
from portal.standin.environment import BASE

API = f"{BASE[1:]}/"
ROUTES = {
    "accounts/me/authorizedclients/<str:client_id>": api_view(DELETE=views.revoke_client),
    "me": api_view(GET=views.me, allow_blocked=True),
    "me/permissions": api_view(GET=views.permissions, allow_blocked=True),
    "me/allavailabletasks": api_view(GET=views.available_tasks),
    "me/projecttasks": api_view(GET=views.my_tasks),
    "permissions/features": api_view(GET=views.features),
    "projects": api_view(GET=views.projects),
    "projects/<uuid:project_id>": api_view(GET=views.project),
    "projects/<uuid:project_id>/projecttasks": api_view(GET=views.project_tasks),
    "tasks/assignuserbyemail": api_view(POST=views.assign_by_email),
    "tasks/<uuid:task_id>": api_view(GET=views.task),
    "tasks/key/<str:key>": api_view(GET=views.task_by_key),
    "tasks/<uuid:task_id>/setassignees": api_view(POST=views.set_assignees),
    "tasks/<uuid:task_id>/setplannedefforts": api_view(POST=views.set_planned_efforts),
    "tasks/<uuid:task_id>/activities": api_view(GET=views.activities),
    "search": api_view(GET=views.search),
    "roles": api_view(GET=views.roles),
    "roles/<uuid:role_id>/permissions": api_view(GET=views.role_permissions),
    "roles/<uuid:role_id>/users": api_view(GET=views.role_users),
    "users": api_view(GET=views.users),
    "users/<uuid:user_id>": api_view(GET=views.user),
    "users/<uuid:user_id>/assignedtasks": api_view(GET=views.assigned_tasks),
    "users/<uuid:user_id>/deactivate": api_view(POST=views.deactivate),
    "users/autofill/<str:email>": api_view(GET=views.autofill),
}

urlpatterns = [
    path("standin/", control.home),
    path("standin/style.css", control.style),
    path("standin/control/<str:action>", control.control),
    path(f"{API}accounts/authorize", oauth_views.authorize),
    path(f"{API}accounts/token", oauth_views.token),
    path(f"{API}clientapplications/register", oauth_views.register),
    *(path(f"{API}{route}", view) for route, view in ROUTES.items()),
]
