"""The addresses of the invitation desk."""

from django.urls import path

from invites.views import (
    again,
    answer,
    check,
    erase,
    invitation,
    invitations,
    invite,
    lookup,
    people,
    policy,
    team,
)

urlpatterns = [
    path("guests/erase/", erase.erase_guest, name="guest-erase"),
    path("people/", people.members, name="people"),
    path("people/expected/", people.expect, name="people-expect"),
    path("people/expected/<int:expected_id>/remove/", people.expect_no_more, name="people-expect-no-more"),
    path("people/<uuid:awork_id>/role/", people.change_role, name="people-role"),
    path("invite/", invite.invite, name="invite"),
    path("invite/check/", check.check, name="invite-check"),
    path("invite/<uuid:invitation_id>/", answer.answer, name="invite-answer"),
    path("invitations/", invitations.invitations, name="invitations"),
    path("invitations/<uuid:invitation_id>/", invitation.invitation, name="invitation"),
    path("invitations/<uuid:invitation_id>/team/", team.put_back, name="invitation-team"),
    path("invitations/<uuid:invitation_id>/lookup/", lookup.look_up, name="invitation-lookup"),
    path("policy/", policy.policy, name="policy"),
    path("policy/save/", policy.save, name="policy-save"),
    path("policy/<int:number>/", policy.version, name="policy-version"),
    path("invitations/<uuid:invitation_id>/again/", again.try_again, name="invitation-again"),
]
