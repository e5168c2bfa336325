"""Every desk role: what it may end."""

import pytest

from invites.endings.rights import may_end
from invites.models import EndingKind
from tests.invites import factories

pytestmark = pytest.mark.django_db
TASK, PROJECT, WORKSPACE, ACTIVATION = EndingKind
KINDS = [str(kind) for kind in EndingKind]


@pytest.mark.parametrize(
    ("role", "sponsor", "inviter", "neither"),
    [
        ("administrator", KINDS, KINDS, KINDS),
        ("lead", KINDS, KINDS, KINDS),
        ("manager", ["task"], ["task"], []),
        ("auditor", [], [], []),
        (None, [], [], []),
    ],
)
def test_by_desk_role(role, sponsor, inviter, neither):
    mona = factories.person("Mona Meier")
    guest = factories.guest(mona)

    def allowed(user):
        return [kind for kind in KINDS if may_end(user, guest, kind, guest.invitation.task_id)]

    user = factories.person(role=role) if role else factories.person(role="manager", is_active=False)
    assert allowed(user) == neither
    factories.invitation(user, task_id=guest.invitation.task_id, state="refused")
    assert allowed(user) == neither
    guest.sponsor = user
    assert allowed(user) == sponsor
    guest.sponsor = None
    type(guest.invitation).objects.filter(inviter=mona).update(inviter=user)
    assert allowed(user) == inviter


def test_an_inviter_only_from_the_tasks_of_their_own_invitations():
    mona, paula = factories.person("Mona Meier"), factories.person()
    guest = factories.guest(mona)
    own = factories.invitation(paula, task_key="WEB-13")
    assert may_end(paula, guest, TASK, own.task_id)
    assert not may_end(paula, guest, TASK, guest.invitation.task_id)


def test_nobody_of_another_workspace():
    guest = factories.guest(factories.person())
    stranger = factories.person("Sam Strang", workspace="Elsewhere", role="administrator")
    assert not may_end(stranger, guest, WORKSPACE, guest.workspace_id)
