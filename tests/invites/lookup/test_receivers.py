from dataclasses import replace
from uuid import uuid4

import pytest

from invites.models import RoleOption
from tests.standin_server import PORTAL

pytestmark = pytest.mark.django_db


@pytest.fixture
def through(sign_in, client, django_capture_on_commit_callbacks):
    """Sign in, and run what follows the commit."""

    def go(who):
        with django_capture_on_commit_callbacks(execute=True):
            return sign_in(client, who)

    return go


@pytest.mark.parametrize(("who", "learned"), [("ada", True), ("mona", True), ("paula", False)])
def test_a_sign_in_of_a_user_who_can_list_roles_stores_them(through, who, learned):
    through(who)

    assert RoleOption.objects.exists() is learned


def test_a_sign_in_takes_four_calls_however_many_roles_there_are(through, standin):
    member = standin.world.role("member")
    standin.world.roles.update((id := uuid4(), replace(member, id=id)) for _ in range(600))
    through("paula")  # the desk's first sign-in registers it
    standin.requests.clear()
    through("ada")
    asked = [(one.method, one.path) for one in standin.requests if one.user_agent == PORTAL]
    assert asked == [
        ("POST", "/accounts/token"),
        ("GET", "/me"),
        ("GET", "/me/permissions"),
        ("GET", "/roles"),
    ]
    assert RoleOption.objects.count() > 600


@pytest.mark.parametrize(
    ("fault", "options"), [("cut_before", {}), ("rate_limited", {"reset": 60}), ("wrong_shape", {})]
)
def test_a_sign_in_succeeds_if_the_roles_cannot_be_read(through, standin, fault, options):
    standin.fault("GET", "/roles", fault, None, **options)

    assert through("ada").status_code == 302
    assert not RoleOption.objects.exists()
