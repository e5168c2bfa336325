"""The stand-in's URLs, the same in the demo and on a separate port."""

from django.urls import path

from portal.standin import comment_views, control, oauth_views, views, webhook_views
from portal.standin.api import View, api_view
from portal.standin.environment import BASE

API = f"{BASE[1:]}/"
ROUTES: dict[str, dict[str, View]] = {
    "accounts/me/authorizedclients/<str:client_id>": {"DELETE": views.revoke_client},
    "me": {"GET": views.me},
    "me/permissions": {"GET": views.permissions},
    "me/allavailabletasks": {"GET": views.available_tasks},
    "me/projecttasks": {"GET": views.my_tasks},
    "permissions/features": {"GET": views.features},
    "projects": {"GET": views.projects},
    "projects/<uuid:project_id>": {"GET": views.project},
    "projects/<uuid:project_id>/members": {"GET": views.project_members},
    "projects/<uuid:project_id>/removeprojectmember": {"POST": views.remove_project_member},
    "projects/<uuid:project_id>/projecttasks": {"GET": views.project_tasks},
    "tasks/assignuserbyemail": {"POST": views.assign_by_email},
    "tasks/<uuid:task_id>": {"GET": views.task},
    "tasks/key/<str:key>": {"GET": views.task_by_key},
    "tasks/<uuid:task_id>/setassignees": {"POST": views.set_assignees},
    "tasks/<uuid:task_id>/setplannedefforts": {"POST": views.set_planned_efforts},
    "tasks/<uuid:task_id>/activities": {"GET": views.activities},
    "tasks/<uuid:task_id>/comments": {"GET": comment_views.comments, "POST": comment_views.add_comment},
    "search": {"GET": views.search},
    "roles": {"GET": views.roles},
    "roles/<uuid:role_id>/permissions": {"GET": views.role_permissions},
    "roles/<uuid:role_id>/users": {"GET": views.role_users},
    "users": {"GET": views.users},
    "users/<uuid:user_id>": {"GET": views.user},
    "users/<uuid:user_id>/assignedtasks": {"GET": views.assigned_tasks},
    "users/<uuid:user_id>/activate": {"POST": views.activate},
    "users/<uuid:user_id>/deactivate": {"POST": views.deactivate},
    "users/autofill/<str:email>": {"GET": views.autofill},
    "webhooks": {"GET": webhook_views.webhooks, "POST": webhook_views.add_webhook},
    "webhooks/<uuid:webhook_id>": {
        "GET": webhook_views.webhook,
        "PUT": webhook_views.change_webhook,
        "DELETE": webhook_views.delete_webhook,
    },
}
FOR_BLOCKED = {"me", "me/permissions"}  # what people who are blocked or deactivated may read

urlpatterns = [
    path("standin/", control.home),
    path("standin/style.css", control.style),
    path("standin/users/<uuid:person_id>", control.change_on_page),
    path("standin/control/<str:action>", control.control),
    path(f"{API}accounts/authorize", oauth_views.authorize),
    path(f"{API}accounts/token", oauth_views.token),
    path(f"{API}clientapplications/register", oauth_views.register),
    *(
        path(f"{API}{route}", api_view(route, allow_blocked=route in FOR_BLOCKED, **methods))
        for route, methods in ROUTES.items()
    ),
]
