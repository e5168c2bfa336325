"""The addresses of signing in and out."""

from django.urls import path

from portal.login import account, views

urlpatterns = [
    path("", views.home, name="home"),
    path("login/", views.sign_in, name="login"),
    path("login/callback/", views.callback, name="login-callback"),
    path("login/refused/<slug:reason>/", views.refused, name="login-refused"),
    path("account/", account.account, name="account"),
    path("account/sessions/end/", account.end_others, name="account-end-others"),
    path("account/sessions/<uuid:handle>/end/", account.end, name="account-end"),
    path("logout/", views.sign_out, name="logout"),
]
