"""What narrows the list of invitations down."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from django.utils import timezone

from invites.filters import InvitationFilter
from portal.models import User
from portal.roles import DeskRole
from tests.invites.factories import NOON, invitation, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def paula():
    return person()


def filters(query: str) -> InvitationFilter:
    return InvitationFilter(QueryDict(query), User.objects.first() or person())


def found(query: str) -> list[str]:
    return sorted(filters(query).narrow().values_list("email", flat=True))


def test_a_lead_sees_all_of_the_workspace_and_can_ask_for_one_inviter():
    lead, mara = person("Lea Lead", role=DeskRole.LEAD), person("Mara Manager")
    invitation(mara, email="bo@b.example")
    invitation(lead, email="carla@c.example")
    invitation(person("Otto Ost", "Elsewhere"), email="no@b.example")
    assert found("") == ["bo@b.example", "carla@c.example"]
    assert found(f"inviter={mara.pk}") == ["bo@b.example"]
    assert [label for _, label in filters("").fields["inviter"].choices] == [
        "Anyone",
        "Lea Lead",
        "Mara Manager",
    ]
    assert filters(f"inviter={mara.pk}").chips[0].value == "Mara Manager"


def test_a_manager_cannot_ask_for_the_invitations_of_others(paula):
    mara = person("Mara Manager")
    invitation(mara, email="bo@b.example")
    assert "inviter" not in filters("").fields
    assert found(f"inviter={mara.pk}") == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["bo@b.example", "carla@c.example"]),
        ("q=carla", ["carla@c.example"]),
        ("q=CREATIVE+write", ["carla@c.example"]),
        ("q=creative+checkout", []),
        ("q=b.example", ["bo@b.example"]),
        ("q=50%25", []),
        ("state=refused", ["bo@b.example"]),
        ("state=attention", ["bo@b.example"]),
        ("task=shop-2", ["bo@b.example"]),
        ("task=shop", []),
        (f"project={UUID(int=9)}", ["bo@b.example"]),
        ("state=refused&q=carla", []),
    ],
)
def test_each_filter_lets_through_what_it_says(paula, query, expected):
    invitation(paula, email="carla@c.example")
    invitation(
        paula,
        email="bo@b.example",
        first_name="Bo",
        last_name="",
        state="refused",
        task_key="SHOP-2",
        task_name="Checkout",
        project_id=UUID(int=9),
        project_name="Online shop",
    )
    assert found(query) == expected


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("from=2026-11-21", True),
        ("from=2026-11-22", False),
        ("to=2026-11-21", True),
        ("to=2026-11-20", False),
        ("from=2026-11-21&to=2026-11-21", True),
    ],
)
def test_days_are_those_of_the_reader(paula, query, shown):
    invitation(paula, created_at=datetime(2026, 11, 20, 23, 30, tzinfo=UTC))
    with timezone.override(ZoneInfo("Europe/Berlin")):
        assert bool(found(query)) is shown


@pytest.mark.parametrize(
    "query",
    ["state=lost", f"project={UUID(int=5)}", "from=yesterday", "to=9999-12-31", "from=0001-01-01", "q=%00"],
)
def test_what_cannot_be_understood_says_so_and_filters_nothing(paula, query):
    invitation(paula)
    assert filters(query).errors
    assert len(found(query)) == 1
    assert filters(query).chips == []


def test_chips_say_what_is_on_and_take_off_one_filter_each(paula):
    invitation(paula)
    chips = filters(f"q=carla&state=not_sent&project={UUID(int=7)}&from=2026-11-01&before=x").chips
    assert [(str(chip.label), chip.value) for chip in chips] == [
        ("Search", "carla"),
        ("State", "Not sent"),
        ("Project", "Website"),
        ("From", "1 Nov 2026 UTC"),
    ]
    assert chips[1].url == f"/invitations/?q=carla&project={UUID(int=7)}&from=2026-11-01"


def test_what_a_tab_or_a_column_shows_has_no_chip():
    for query in ("state=refused", "state=attention", "sort=guest"):
        assert filters(query).chips == []


@pytest.mark.parametrize(
    ("query", "by_guest", "by_date"),
    [
        ("", ("sort=guest", ""), ("sort=date", "descending")),
        ("sort=date", ("sort=guest", ""), ("", "ascending")),
        ("sort=guest", ("sort=-guest", "ascending"), ("", "")),
        ("sort=-guest", ("sort=guest", "descending"), ("", "")),
    ],
)
def test_a_column_sorts_and_then_the_other_way_round(query, by_guest, by_date):
    found = filters(f"state=sent&{query}&before=place")
    for link, (order, direction) in ((found.sort_by_guest, by_guest), (found.sort_by_date, by_date)):
        assert link.url == f"/invitations/?state=sent&{order}".rstrip("&")
        assert link.direction == direction


def test_an_event_holds_no_typed_text_and_names_the_inviter_as_awork_does(paula):
    lea = person("Lea Lead", role=DeskRole.LEAD)
    invitation(paula)
    query = QueryDict(f"q=carla&task=web-12&state=sent&sort=guest&inviter={paula.pk}&from=2026-11-01")
    assert InvitationFilter(query, lea).recorded_values == {
        "q": True,
        "task": True,
        "state": "sent",
        "inviter": str(paula.awork_id),
        "from": "2026-11-01",
    }


def test_an_address_holds_only_the_filters_that_are_on():
    assert filters("q=&state=sent&task=&x=1").url() == "/invitations/?state=sent"
    assert filters("q=").url() == "/invitations/"
    assert filters("state=sent").url(("before", "place")) == "/invitations/?state=sent&before=place"
    assert filters("state=sent").url(("before", "")) == ""


def test_a_project_is_offered_once_under_its_last_name(paula):
    invitation(paula, project_name="Website", created_at=NOON - timedelta(days=1))
    invitation(paula, project_name="Website relaunch")
    invitation(paula, project_id=UUID(int=3), project_name="app")
    labels = [label for _, label in filters("").fields["project"].choices]
    assert labels == ["Any project", "app", "Website relaunch"]
