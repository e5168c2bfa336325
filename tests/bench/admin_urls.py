"""The portal's map, and the log in Django's own admin."""

from django.contrib.admin import AdminSite, ModelAdmin
from django.urls import path

from invites.audit.models import Event, Person
from portal.urls import urlpatterns as portal_urls


class Site(AdminSite):
    """Open to everybody: it is measured, not served."""

    def has_permission(self, request):
        return True

    def each_context(self, request):
        return {"has_permission": True, "available_apps": [], "is_nav_sidebar_enabled": False}


class ReadOnly(ModelAdmin):
    list_per_page = 50

    def has_view_permission(self, request, obj=None):
        return True

    has_change_permission = has_add_permission = has_delete_permission = lambda self, request, obj=None: False


class EventAdmin(ReadOnly):
    list_display = ("at", "type", "actor_name", "task_name", "project_name", "ip_address")
    search_fields = ("actor_name", "actor_email", "task_key", "task_name", "project_name")
    ordering = ("-at", "-id")


class PersonAdmin(ReadOnly):
    list_display = ("event", "email", "first_name", "last_name")
    search_fields = ("email",)
    ordering = ("-event",)


site = Site()
site.register(Event, EventAdmin)
site.register(Person, PersonAdmin)
urlpatterns = [*portal_urls, path("admin/", site.urls)]
