"""What awork would certainly refuse, by the contract's rights."""

from uuid import UUID, uuid4

import pytest

from invites.endings.awork_rights import lacks_right, permissions_of
from invites.models import EndingKind
from portal.awork.schemas import AworkPermissions, Project
from portal.awork.tokens import delete

TASK, PROJECT, WORKSPACE, ACTIVATION = EndingKind
ME = UUID(int=1)


@pytest.mark.parametrize(
    ("rights", "own_project", "lacking"),
    [
        ("admin", False, []),
        (("user-manage-config", "write"), False, [PROJECT]),
        (("user-manage-config", "read"), False, [PROJECT, WORKSPACE, ACTIVATION]),
        (("project-master-data", "manage"), False, [WORKSPACE, ACTIVATION]),
        (("project-master-data", "write"), False, [PROJECT, WORKSPACE, ACTIVATION]),
        ("nothing", True, [WORKSPACE, ACTIVATION]),
        ("nothing", False, [PROJECT, WORKSPACE, ACTIVATION]),
    ],
    ids=["admin", "users", "reads users", "projects", "writes projects", "creator", "nothing"],
)
def test_by_right(rights, own_project, lacking):
    features = frozenset({rights} if isinstance(rights, tuple) else ())
    permissions = AworkPermissions(ME, rights == "admin", is_guest=False, is_blocked=False, features=features)
    project = Project(uuid4(), "Website", created_by=ME if own_project else uuid4())
    assert [kind for kind in EndingKind if lacks_right(kind, permissions, project)] == lacking


@pytest.mark.parametrize("kind", EndingKind)
def test_what_is_not_known_is_awork_s_to_refuse(kind):
    assert not lacks_right(kind, None)
    nobody = AworkPermissions(ME, is_admin=False, is_guest=False, is_blocked=False)
    assert lacks_right(kind, nobody) == (kind in {WORKSPACE, ACTIVATION})


@pytest.mark.django_db
def test_awork_is_asked_once_in_five_minutes(standin, paula, ada):
    assert permissions_of(ada) == permissions_of(ada)
    assert standin.count("GET", "/me/permissions") == 1
    delete(paula)
    assert permissions_of(paula) is None
