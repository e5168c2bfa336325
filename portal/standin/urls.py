"""The stand-in's addresses, the same in the demo and on a port of its own."""

from django.urls import path

from portal.standin import control, oauth, views
from portal.standin.address import BASE

API = f"{BASE[1:]}/"

urlpatterns = [
    path("standin/", control.home),
    path("standin/style.css", control.style),
    path("standin/control/<str:verb>", control.control),
    path(f"{API}accounts/authorize", oauth.authorize),
    path(f"{API}accounts/token", oauth.token),
    path(f"{API}clientapplications/register", oauth.register),
    *(path(f"{API}{address}", view) for address, view in views.ROUTES.items()),
]
