"""URLs of sign-in, account and sign-out."""

from django.urls import path

from portal.accounts.views import account, sign_in

urlpatterns = [
    path("", sign_in.home, name="home"),
    path("login/", sign_in.sign_in, name="login"),
    path("login/callback/", sign_in.callback, name="login-callback"),
    path("login/refused/<slug:reason>/", sign_in.refused, name="login-refused"),
    path("account/", account.account, name="account"),
    path("account/disconnect/", account.disconnect, name="account-disconnect"),
    path("account/language/", account.choose_language, name="account-language"),
    path("account/sessions/end/", account.end_others, name="account-end-others"),
    path("account/sessions/<uuid:handle>/end/", account.end, name="account-end"),
    path("logout/", sign_in.sign_out, name="logout"),
]
