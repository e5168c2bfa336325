"""Who may call which endpoint: every right of awork's contract, and nobody else."""

import re
from dataclasses import replace

import pytest

from portal.standin.entities import stable_id
from portal.standin.rights import RIGHTS, shape
from portal.standin.seed import user_id
from portal.standin.urls import ROUTES
from tests.contract import FACTS

RESTRICTED = [
    (path, method.upper(), operation["access"])
    for path, methods in FACTS["paths"].items()
    for method, operation in methods.items()
    if not operation["access"].keys() & {"any", "anonymous"}
]
NOWHERE = str(stable_id("nowhere"))


def test_every_endpoint_has_rights():
    for route, methods in ROUTES.items():
        assert RIGHTS[shape(route)].keys() == methods.keys()
        assert all(RIGHTS[shape(route)].values())


@pytest.mark.parametrize(
    ("path", "method", "access"), RESTRICTED, ids=[f"{method}-{path}" for path, method, _ in RESTRICTED]
)
def test_each_right_is_enough_and_without_one_the_call_is_refused(standin, as_, path, method, access):
    world, address = standin.world, re.sub(r"\{\w+\}", NOWHERE, path)
    member = world.role("member")

    def status(*features):
        world.roles[member.id] = replace(member, features=frozenset(features))
        return as_("zoe").request(method, address).status_code

    assert status() == 401
    for right in access.items() - {("admin", "true")}:
        assert status(right) in {200, 400, 404}
    others = {right for _, _, rights in RESTRICTED for right in rights.items()} - access.items()
    assert status(*others) == 401
    world.change(world.person("zoe"), role_id=world.role("admin").id)
    assert status() in {200, 400, 404}


def test_the_creator_of_a_project_may_take_members_out(standin, as_):
    path = f"/projects/{stable_id('project', 'CAF')}/removeprojectmember"
    body = {"userId": str(user_id("gustav"))}
    assert as_("paula").post(path, json=body).status_code == 401
    standin.world.change_project("CAF", created_by=user_id("paula"))
    assert as_("paula").post(path, json=body).status_code == 204
    assert standin.world.assigned("CAF-7") == ["paul@nordlicht.example"]
