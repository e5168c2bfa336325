"""The addresses of the invitation desk."""

from django.urls import path

from invites.views import answer, check, invitation, invitations, invite, team

urlpatterns = [
    path("invite/", invite.invite, name="invite"),
    path("invite/check/", check.check, name="invite-check"),
    path("invite/<uuid:invitation_id>/", answer.answer, name="invite-answer"),
    path("invitations/", invitations.invitations, name="invitations"),
    path("invitations/<uuid:invitation_id>/", invitation.invitation, name="invitation"),
    path("invitations/<uuid:invitation_id>/team/", team.put_back, name="invitation-team"),
]
