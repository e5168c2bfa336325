"""Who sees whose invitations, and which buttons."""

import pytest

from portal.roles import DeskRole
from tests.invites.factories import invitation, person
from tests.invites.views.pages import text

pytestmark = pytest.mark.django_db
ROLES = list(DeskRole)


@pytest.fixture
def enter(client):
    def entered(role, name="Rita Reader", workspace="Nordlicht Studio"):
        user = person(name, workspace, role=role)
        client.force_login(user)
        return user

    return entered


@pytest.fixture
def maras():
    return invitation(person("Mara Manager"), state="refused", assignees_state="not_restored")


@pytest.mark.parametrize(
    ("role", "status"), [("manager", 404), ("lead", 200), ("auditor", 200), ("administrator", 200)]
)
def test_the_record_of_somebody_else(client, enter, maras, role, status):
    enter(role)
    assert client.get(f"/invitations/{maras.id}/").status_code == status
    assert ("Carla" in text(client.get("/invitations/"))) is (status == 200)


@pytest.mark.parametrize("role", ROLES)
def test_invitations_of_another_workspace_are_not_there(client, enter, maras, role):
    enter(role, workspace="Elsewhere")
    assert client.get(f"/invitations/{maras.id}/").status_code == 404
    for verb in ("restore-assignees", "check", "retry"):
        assert client.post(f"/invitations/{maras.id}/{verb}/").status_code in {403, 404}
    assert "Carla" not in text(client.get("/invitations/"))


def test_an_auditor_sees_no_button_that_would_invite(client, enter, maras):
    enter("auditor")
    record, listed = text(client.get(f"/invitations/{maras.id}/")), text(client.get("/invitations/"))
    for page in (record, listed):
        assert "/invite/" not in page
        assert "Retry" not in page
        assert "Restore assignees" not in page


def test_an_auditor_has_no_invitations_of_their_own_to_begin_with(client, enter):
    enter("auditor")
    assert "No invitations yet" in text(client.get("/invitations/"))


def test_a_lead_sees_who_invited_but_tries_nothing_again_for_others(client, enter, maras):
    enter("lead")
    assert '<td data-label="By">Mara Manager</td>' in text(client.get("/invitations/"))
    record = text(client.get(f"/invitations/{maras.id}/"))
    assert f"/invitations/{maras.id}/retry/" not in record
    assert "Restore assignees" in record
    assert client.post(f"/invitations/{maras.id}/retry/").status_code == 404


@pytest.mark.parametrize(
    ("role", "door"),
    [
        ("manager", "/invite/"),
        ("lead", "/invitations/"),
        ("auditor", "/audit/"),
        ("administrator", "/invite/"),
    ],
)
def test_the_front_door_is_a_page_that_one_may_open(client, enter, role, door):
    enter(role)
    assert client.get("/")["Location"] == door


def test_a_visitor_is_led_to_the_sign_in_and_from_there_to_their_own_first_page(client, sign_in, standin):
    assert client.get("/")["Location"] == "/login/"
    assert 'name="next" value=""' in text(client.get("/login/"))


@pytest.mark.parametrize(
    ("role", "places"),
    [
        ("manager", {"Invite", "Invitations"}),
        ("lead", {"Invite", "Invitations"}),
        ("auditor", {"Invitations", "Audit log"}),
        ("administrator", {"Invite", "Invitations", "Audit log", "Members", "Policy"}),
    ],
)
def test_the_bar_shows_the_places_that_one_may_go(client, enter, role, places):
    enter(role)
    bar = text(client.get("/account/")).partition("<nav")[2].partition("</nav>")[0]
    assert places <= {part.partition("<")[0].strip() for part in bar.split(">")}
    assert ("Members" in bar) is (role == "administrator")
    assert (">Invite<" in bar.replace(" ", "")) is (role != "auditor")
