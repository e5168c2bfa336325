"""The URLs of the invitation desk."""

from django.urls import path

from invites.views import (
    assign_guest,
    check,
    erase,
    export,
    invitation,
    invitations,
    invite,
    members,
    pending_roles,
    policy,
    preview,
    restore_assignees,
    result,
    retry,
)

urlpatterns = [
    path("guests/erase/", erase.erase_guest, name="guest-erase"),
    path("members/", members.member_list, name="members"),
    path("members/pending-roles/", members.set_pending_role, name="pending-role-set"),
    path(
        "members/pending-roles/<int:pending_role_id>/remove/",
        pending_roles.remove,
        name="pending-role-remove",
    ),
    path(
        "members/<uuid:awork_id>/pending-role/confirm/",
        pending_roles.confirm,
        name="pending-role-confirm",
    ),
    path(
        "members/<uuid:awork_id>/pending-role/reject/",
        pending_roles.reject,
        name="pending-role-reject",
    ),
    path("members/<uuid:awork_id>/role/", members.change_role, name="member-role"),
    path("invite/", invite.invite, name="invite"),
    path("invite/preview/", preview.preview, name="invite-preview"),
    path("invite/assign/", assign_guest.assign, name="guest-assign"),
    path("invite/<uuid:invitation_id>/", result.result, name="invite-result"),
    path("invitations/", invitations.invitations, name="invitations"),
    path("invitations/export.csv", export.as_csv, name="invitations-csv"),
    path("invitations/<uuid:invitation_id>/", invitation.invitation, name="invitation"),
    path(
        "invitations/<uuid:invitation_id>/restore-assignees/",
        restore_assignees.restore_assignees,
        name="invitation-restore-assignees",
    ),
    path("invitations/<uuid:invitation_id>/check/", check.check, name="invitation-check"),
    path("invitations/<uuid:invitation_id>/retry/", retry.retry, name="invitation-retry"),
    path("policy/", policy.policy, name="policy"),
    path("policy/save/", policy.save, name="policy-save"),
    path("policy/<int:number>/", policy.version, name="policy-version"),
    path("policy/<int:number>/restore/", policy.restore, name="policy-restore"),
]
