"""`/policy/`: previewed, then saved."""

import re
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from invites.audit.models import Event
from invites.models import PolicyVersion
from invites.policy.rules import NamedRef, load
from invites.policy.versions import current_policy
from portal.standin.entities import stable_id
from tests.invites.factories import guest, invitation, person, policy
from tests.invites.views.pages import text

pytestmark = pytest.mark.django_db
WEB, CAFE = stable_id("project", "WEB"), stable_id("project", "CAF")
DEAD = "http://127.0.0.1:9/standin/api/v1"


@pytest.fixture
def typed(standin, ada):
    """What Ada's browser would post."""

    def make(**changes):
        said = {
            "roles": [str(standin.world.role(name).id) for name in ("guest", "member")],
            "default_role": "",
            "allowed_domains": "",
            "denied_domains": "",
            "own_domains": "",
            "own_domain_guests": "on",
            "per_hour": "",
            "per_day": "",
            "closed_projects": [],
        }
        return said | changes

    return make


def stamped(page):
    """The fields as the preview gives them back, ready to be saved."""
    return re.search(r'name="previewed" value="([^"]*)"', text(page))[1]


def preview(client, fields):
    page = client.post("/policy/", fields)
    assert page.status_code == 200
    return fields | {"previewed": stamped(page)}


def is_ticked(page, value):
    return re.search(rf'value="{value}"[^>]*checked', text(page)) is not None


def test_the_form_begins_with_what_holds(client, ada, standin):
    policy(ada, denied_domains=("evil.example",), per_hour=7, closed_projects=(NamedRef(CAFE, "Café"),))
    page = client.get("/policy/")

    assert "evil.example</textarea>" in text(page)
    assert 'value="7"' in text(page)
    assert is_ticked(page, CAFE)
    assert not is_ticked(page, WEB)
    assert is_ticked(page, standin.world.role("member").id)
    assert "Version 1</a>" in text(page)


def test_the_page_of_a_large_workspace_takes_few_calls_and_says_what_is_unknown(client, ada, standin, large):
    standin.requests.clear()
    page = text(client.get("/policy/"))

    assert standin.count("GET", "/roles") == 11
    assert page.count("Permissions not read yet: only desk administrators can assign it") > 590


def test_it_offers_the_roles_that_may_be_offered_and_the_projects_that_the_person_sees(client, ada):
    page = text(client.get("/policy/"))

    assert "Office manager" in page
    assert "Manages users or settings" in page
    for name in ("Agent<", "Freelancer (old)", "Südwind"):
        assert name not in page
    assert "Konfidentiell" in page


def test_a_preview_saves_nothing_and_tells_what_changes(client, typed):
    page = client.post("/policy/", typed(denied_domains="Evil.example\n*.bücher.example", per_hour="3"))

    assert page.status_code == 200
    assert "What version 1 would change" in text(page)
    assert "<strong>*.bücher.example, evil.example</strong>" in text(page)
    assert "*.bücher.example evil.example</textarea>" in text(page)
    assert "Save as version 1" in text(page)
    assert not PolicyVersion.objects.exists()
    assert not Event.objects.filter(type="settings-changed").exists()


def test_a_preview_lists_who_would_have_been_refused_with_a_link(client, ada, typed, standin):
    role = standin.world.role("guest").id
    found = invitation(ada, role_id=role, attempted_at=timezone.now(), project_id=WEB)
    invitation(ada, role_id=role, attempted_at=timezone.now(), task_id=uuid4(), project_id=CAFE)
    page = text(client.post("/policy/", typed(closed_projects=[str(WEB)])))

    assert "Refuses 1 more of 2 invitations of the last 90 days" in page
    assert f'href="/invitations/{found.id}/">Carla Creative</a>' in page
    assert "The policy has closed the project to invitations." in page


def test_what_was_previewed_is_saved(client, ada, typed):
    said = {
        "denied_domains": "evil.example",
        "per_day": "9",
        "own_domains": "a.example",
        "own_domain_guests": "",
    }
    fields = preview(client, typed(**said, closed_projects=[str(WEB)]))
    saved = client.post("/policy/save/", fields)

    assert saved["Location"] == "/policy/1/"
    rules = current_policy(ada.workspace_id).rules
    assert (rules.denied_domains, rules.per_day, rules.own_domain_guests) == (("evil.example",), 9, False)
    assert rules.closed_projects == (NamedRef(WEB, "Website Relaunch"),)
    assert [role.name for role in rules.roles] == ["Guest", "Kreative & Entwickler"]
    event = Event.objects.get(type="settings-changed")
    assert event.details["after"]["per_day"] == 9


def test_what_was_edited_after_the_preview_is_previewed_again(client, typed):
    fields = preview(client, typed(per_hour="3"))
    page = client.post("/policy/save/", fields | {"per_hour": "4"})

    assert page.status_code == 422
    assert "The form was edited after its preview." in text(page)
    assert not PolicyVersion.objects.exists()
    again = fields | {"per_hour": "4", "previewed": stamped(page)}
    assert client.post("/policy/save/", again)["Location"] == "/policy/1/"
    assert "Version 1 is saved and applies from now on.</p>" in text(client.get("/policy/1/"))


def test_a_version_saved_meanwhile_is_compared_first(client, ada, typed):
    fields = preview(client, typed(per_hour="3"))
    policy(ada, per_hour=8)
    page = client.post("/policy/save/", fields)

    assert page.status_code == 422
    assert "Another version was saved after your preview." in text(page)
    assert "What version 2 would change" in text(page)
    assert current_policy(ada.workspace_id).number == 1
    assert client.post("/policy/save/", fields | {"previewed": stamped(page)})["Location"] == "/policy/2/"


def test_the_race_between_the_look_and_the_saving_is_decided_by_the_database(client, ada, typed, monkeypatch):
    from invites.views import policy as view

    def too_late(*_, **__):
        policy(ada, per_hour=8)
        raise view.VersionConflict

    fields = preview(client, typed(per_hour="3"))
    monkeypatch.setattr(view, "save_version", too_late)
    page = client.post("/policy/save/", fields)

    assert page.status_code == 422
    assert "Another version was saved" in text(page)


@pytest.mark.parametrize("previewed", ["", "0:forged", "7"])
def test_nothing_is_saved_without_its_preview(client, typed, previewed):
    page = client.post("/policy/save/", typed(per_hour="3", previewed=previewed))

    assert page.status_code == 422
    assert not PolicyVersion.objects.exists()


def test_what_holds_already_cannot_be_saved_again(client, ada, typed):
    fields = preview(client, typed(per_hour="3"))
    client.post("/policy/save/", fields)
    page = client.post("/policy/", fields)

    assert "Nothing. This matches the current policy." in text(page)
    assert "Save as version" not in text(page)
    assert client.post("/policy/save/", fields | {"previewed": stamped(page)}).status_code == 422
    assert PolicyVersion.objects.count() == 1


@pytest.mark.parametrize("path", ["/policy/", "/policy/save/"])
def test_a_malformed_line_is_named_and_everything_typed_is_kept(client, typed, path):
    page = client.post(
        path, typed(allowed_domains="foo bar\nok.example", per_hour="3", closed_projects=[str(WEB)])
    )

    assert page.status_code == 422
    assert "Line 1 is not a domain: foo bar" in text(page)
    assert "foo bar ok.example</textarea>" in text(page)
    assert 'value="3"' in text(page)
    assert is_ticked(page, WEB)


class TestWhileAworkIsAway:
    @pytest.fixture
    def away(self, knows_roles, ada, settings):
        policy(
            ada, closed_projects=(NamedRef(UUID(int=7), "Secret project"),), denied_domains=("evil.example",)
        )
        settings.AWORK_API_URL = DEAD

    def test_what_holds_can_be_read(self, client, away):
        page = text(client.get("/policy/"))

        assert "awork's projects are unavailable right now" in page
        assert "Secret project" in page
        assert "evil.example</textarea>" in page

    def test_the_rest_can_be_edited_and_closed_projects_stay(self, client, ada, away, typed):
        fields = preview(client, typed(per_hour="3", closed_projects=[str(UUID(int=7))]))
        client.post("/policy/save/", fields)

        rules = current_policy(ada.workspace_id).rules
        assert (rules.per_hour, rules.closed_projects) == (3, (NamedRef(UUID(int=7), "Secret project"),))

    def test_a_project_of_which_nobody_tells_cannot_be_closed(self, client, away, typed):
        page = client.post("/policy/", typed(closed_projects=[str(WEB)]))

        assert page.status_code == 422
        assert f"We cannot find the project {WEB} in awork right now." in text(page)


def test_a_closed_project_that_the_person_does_not_see_stays_and_keeps_its_name(client, ada, typed):
    gone = UUID(int=7)
    policy(ada, closed_projects=(NamedRef(gone, "Secret project"),))
    fields = preview(client, typed(per_hour="3", closed_projects=[str(gone)]))
    client.post("/policy/save/", fields)

    assert current_policy(ada.workspace_id).rules.closed_projects == (NamedRef(gone, "Secret project"),)


def test_a_version_is_shown_as_it_was_saved(client, ada):
    policy(ada, per_hour=3, denied_domains=("evil.example",))
    policy(ada, per_hour=4)
    first, second = text(client.get("/policy/1/")), text(client.get("/policy/2/"))

    assert "Earlier version," in first
    assert "evil.example" in first
    assert 'href="/policy/2/"' in first
    assert "Current version," in second
    assert "saved by Ada Ahrens on" in second
    assert "<form" not in second.split("<main")[1]


@pytest.mark.parametrize("path", ["/policy/1/", "/policy/0/", "/policy/99/"])
def test_versions_of_others_and_versions_that_are_not_are_not_found(client, ada, path):
    policy(person("Otto Ostwind", workspace="Südwind", role="administrator"))
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/policy/", "/policy/save/", "/policy/1/"])
@pytest.mark.parametrize("role", ["manager", "lead", "auditor"])
def test_the_policy_is_for_administrators(client, ada, role, path):
    policy(ada)
    type(ada).objects.update(role=role)

    assert client.get(path).status_code == 403
    assert client.post(path).status_code in {403, 405}


def test_nobody_else_gets_that_far(client, ada, typed):
    type(ada).objects.update(role="lead")
    client.post("/policy/save/", typed(per_hour="3"))
    assert not PolicyVersion.objects.exists()


@pytest.mark.parametrize("path", ["/policy/", "/policy/save/"])
def test_what_was_typed_outlives_a_sign_in(client, ada, sign_in, typed, path, standin):
    fields = typed(per_hour="3")
    ada.token.delete()
    assert client.post(path, fields)["Location"].startswith("/login/")
    sign_in(client, "ada")
    page = client.get(path)

    assert 'value="3"' in text(page)
    assert "What version 1 would change" in text(page)


def test_saving_is_no_address_to_open(client, ada):
    assert client.get("/policy/save/")["Location"] == "/policy/"


def test_a_preview_counts_only_what_it_adds_and_saves_above_the_list(client, ada, typed, standin):
    role = standin.world.role("guest").id
    policy(ada, closed_projects=(NamedRef(WEB, "Website"),))
    for project in (WEB, CAFE, CAFE):
        invitation(ada, role_id=role, attempted_at=timezone.now(), task_id=uuid4(), project_id=project)
    page = text(client.post("/policy/", typed(closed_projects=[str(CAFE)])))

    assert "Refuses 2 more of 3 invitations of the last 90 days" in page
    assert "2: the policy has closed the project to invitations" in page
    assert "Allows 1 that the current policy refuses." in page
    assert page.index("Save as version 2") < page.index("Carla Creative</a>")


def test_roles_that_were_all_available_and_stay_so_are_no_change(client, ada, typed, standin):
    form = text(client.get("/policy/"))
    every = re.findall(r'name="roles" value="([^"]+)"', form)
    page = text(client.post("/policy/", typed(roles=every, per_hour="3")))
    assert "<dt>Available roles</dt>" not in page

    fewer = text(client.post("/policy/", typed(roles=every[:2])))
    assert "Until now:</span> all but those of admins and agents" in fewer


@pytest.mark.parametrize("number", ["1.000", "1.0", "1,000", "-3", "0", "1e3", "three"])
def test_a_limit_that_can_be_read_in_two_ways_is_refused(client, typed, number):
    page = client.post("/policy/", typed(per_hour=number))

    assert page.status_code == 422
    assert f'value="{number}"' in text(page)


def test_an_earlier_version_is_restored_as_a_new_one(client, ada, typed):
    policy(ada, per_hour=3, denied_domains=("evil.example",))
    policy(ada, per_hour=4)
    assert 'href="/policy/1/restore/#preview"' in text(client.get("/policy/1/"))
    assert "Restore this version" not in text(client.get("/policy/2/"))
    page = client.get("/policy/1/restore/")

    assert "What version 3 would change" in text(page)
    assert "evil.example</textarea>" in text(page)
    assert PolicyVersion.objects.count() == 2
    roles = re.findall(r'name="roles" value="([^"]+)"', text(page))
    fields = typed(roles=roles, per_hour="3", denied_domains="evil.example", previewed=stamped(page))
    assert client.post("/policy/save/", fields)["Location"] == "/policy/3/"
    saved = "Version 3 is saved and applies from now on. It restores version 1."
    assert saved in text(client.get("/policy/3/"))
    assert current_policy(ada.workspace_id).rules == load(PolicyVersion.objects.get(number=1).values)


def test_the_versions_of_others_are_not_restored(client, ada):
    policy(person("Otto Ostwind", workspace="Südwind", role="administrator"))
    assert client.get("/policy/1/restore/").status_code == 404


def test_end_dates_are_previewed_and_saved(client, ada, typed, standin):
    role = standin.world.role("guest").id
    guest(ada)
    said = {
        f"default_days-{role}": "90",
        f"longest_days-{role}": "365",
        "at_end": "task",
        "pending_days": "3",
    }
    page = text(client.post("/policy/", typed(**said)))
    assert "Guest: 90 days by default, 365 days at most, required" in page
    assert "Until now:</span> none proposed or required" in page
    assert "the desk takes the guest off their tasks" in page
    assert "0 with an end date to come, 1 without one." in page
    client.post("/policy/save/", preview(client, typed(**said)))
    rules = current_policy(ada.workspace_id).rules
    assert (rules.end_terms[0].longest, rules.at_end, rules.pending_days) == (365, "task", 3)
    assert 'value="365"' in text(client.get("/policy/"))
    event = Event.objects.get(type="settings-changed")
    assert "7 days → 3 days" in text(client.get(event.get_absolute_url()))
