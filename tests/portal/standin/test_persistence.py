"""What a demo saves for its next start."""

import json

import pytest

from portal.standin.entities import Webhook
from portal.standin.persistence import JsonStore
from portal.standin.seed import user_id
from portal.standin.standin import Standin
from portal.standin.world import World
from tests.portal.standin.test_oauth_grants import BACK, CHALLENGE, VERIFIER
from tests.threads import at_once


def started(path, tasks: int = 100) -> Standin:
    standin = Standin(tasks)
    store = JsonStore(standin, path)
    store.load()
    standin.on_change = store.save
    return standin


def invite(world: World, email: str = "carla@studio.example", task: str = "WEB-12"):
    return world.assign_by_email(
        world.person("paula"), world.task(task).id, email, world.role("guest").id, {"firstName": "Çarla"}
    )


@pytest.fixture
def path(tmp_path):
    return tmp_path / "standin.json"


def test_users_assignments_and_history_are_restored(path):
    before = started(path)
    invite(before.world)
    before.world.set_planned_efforts(
        before.world.person("paula"), before.world.task("WEB-15").id, {user_id("ada"): 60}
    )
    before.world.deactivate(before.world.person("ada"), user_id("zoe"))
    before.on_change()
    after = started(path)
    assert after.world.people == before.world.people
    assert after.world.tasks == before.world.tasks
    assert after.world.activities == before.world.activities


def test_deleted_records_projects_comments_and_webhooks_are_restored(path):
    before = started(path)
    ada, world = before.world.person("ada"), before.world
    world.delete(ada, world.person("zoe"))
    world.deactivate(ada, user_id("mona"))
    world.change_project("KEY", members=frozenset({user_id("mona")}))
    world.change_project("WEB", members=frozenset({user_id("paula")}))
    world.change(world.person("paul"), role_id=world.role("admin").id)
    world.deactivate(world.person("paul"), ada.id)
    world.add_comment(ada, world.task("WEB-12").id, "Hello", is_hidden=True)
    webhook = Webhook(
        user_id("hook"), ada.workspace_id, ada.id, world.now(), "Desk", "http://a.example", "user_added"
    )
    world.webhooks[webhook.id] = webhook
    before.on_change()
    after = started(path)
    for records in ("people", "projects", "tasks", "comments", "webhooks"):
        assert getattr(after.world, records) == getattr(world, records)


def test_sign_ins_and_clients_are_restored(path):
    before = started(path)
    app = before.grants.register("The portal", [BACK])
    code = before.grants.grant_code(app, BACK, CHALLENGE, user_id("paula"))
    first = before.grants.exchange(app, code, BACK, VERIFIER)
    second = before.grants.refresh(app, first.refresh)
    before.on_change()
    after = started(path)
    assert after.grants.apps == before.grants.apps
    assert after.grants.grants == before.grants.grants
    assert after.grants.holder(first.access) == after.grants.holder(second.access) == user_id("paula")
    assert after.grants.refresh(app, second.refresh).person == str(user_id("paula"))


def test_the_first_start_uses_the_seed_data(path):
    assert started(path).world.activities == []
    assert not path.exists()


def test_only_changes_are_saved(path):
    standin = started(path, tasks=2000)
    invite(standin.world)
    standin.on_change()
    saved = json.loads(path.read_text())
    assert (len(saved["world"]["people"]), len(saved["world"]["tasks"])) == (1, 1)


def test_only_the_owner_can_read_the_file(path):
    started(path).on_change()
    assert path.stat().st_mode & 0o777 == 0o600


def test_changes_of_tasks_that_no_longer_exist_are_ignored(path):
    before = started(path, tasks=500)
    task = before.world.task("WEB-60")
    before.world.set_assignees(before.world.person("paula"), task.id, [])
    before.on_change()
    after = started(path, tasks=20)
    assert task.id not in after.world.tasks
    assert len(after.world.tasks) == 20
    assert after.world.task_activities(after.world.person("paula"), after.world.task("WEB-12").id) == []


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"world": {"people": [{}]}, "grants": {}}', "\x00"]
)
def test_an_invalid_file_is_an_error(path, content):
    path.write_text(content)
    with pytest.raises(ValueError):
        started(path)


def test_concurrent_saves_leave_a_complete_file(path):
    standin = started(path)
    standin.world.replaces = False

    def work(number: int) -> None:
        invite(standin.world, f"guest{number}@studio.example")
        standin.on_change()

    at_once(10, work)
    assert started(path).world.people == standin.world.people
    assert [one.name for one in path.parent.iterdir()] == ["standin.json"]


def test_a_failed_save_leaves_the_previous_file(path):
    standin = started(path)
    standin.on_change()
    whole = path.read_text()
    path.parent.chmod(0o700)
    (path.with_suffix(".new")).mkdir()
    with pytest.raises(OSError, match="directory"):
        standin.on_change()
    assert path.read_text() == whole
