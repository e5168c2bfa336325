import pytest
from django.http import QueryDict

from invites.draft import build_draft
from invites.forms import InviteForm
from invites.policy.rules import NamedRef, Rule
from portal.awork.errors import SignInExpired
from portal.awork.tokens import client_for
from tests.invites.factories import policy

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(ada):
    def make(query="", *, is_submitted=False):
        return build_draft(InviteForm.fresh(QueryDict(query)), ada, is_submitted=is_submitted)

    return make


def test_an_empty_form_is_told_nothing_while_it_is_filled_in(draft):
    assert draft().messages == {}


def test_a_finished_form_is_told_what_is_missing(draft):
    assert sorted(draft(is_submitted=True).messages) == ["email", "role", "task"]


def test_it_knows_the_task_the_role_and_the_guess(draft, standin):
    role = standin.world.role("member").id
    known = draft(f"task=WEB-12&role={role}&email=carla.creative@agentur.example")

    assert known.task.name == "Write copy"
    assert known.role.name == "Kreative & Entwickler"
    assert (known.first_name, known.last_name) == ("Carla", "Creative")


def test_the_guest_role_stands_where_none_was_picked(draft):
    assert draft().role.is_guest


def test_the_role_that_the_policy_preselects_stands_first(draft, standin, ada):
    member, guest = standin.world.role("member"), standin.world.role("guest")
    policy(ada, default_role=member.id)
    assert draft().role.id == member.id

    policy(ada, default_role=member.id, roles=(NamedRef(guest.id, "Guest"),))
    assert draft().role.id == guest.id


def test_where_the_policy_offers_no_role_that_is_said(draft, ada):
    policy(ada, roles=())

    assert "policy of your workspace does not let you assign a role" in str(draft().messages["role"][0].text)


def test_an_address_is_judged_with_the_preselected_role(draft, ada):
    policy(ada, own_domains=("nordlicht.example",), own_domain_guests=False)

    (note,) = draft("email=new@nordlicht.example").messages["email"]
    assert note.rule == Rule.OWN_DOMAIN


def test_a_forged_role_is_not_replaced_by_the_guest_role(draft, standin):
    forged = draft(f"role={standin.world.role('admin').id}")

    assert forged.role is None
    assert "role" in forged.messages


def test_a_malformed_address_costs_no_question(draft, standin):
    draft()
    standin.requests.clear()
    draft("email=carla@")

    assert standin.requests == []


def test_a_member_is_not_guessed_about(draft, standin):
    assert draft("email=paul@nordlicht.example").name_suggestion is None
    assert standin.count("GET", "/users/autofill") == 0


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 500}, {"kind": "rate_limited", "reset": 60}])
def test_trouble_at_awork_is_kept_and_what_was_typed_too(draft, standin, fault):
    draft()
    standin.fault("GET", "/tasks/key", times=None, **fault)
    troubled = draft("task=WEB-12&email=carla@creative.example")

    assert troubled.error is not None
    assert troubled.email == "carla@creative.example"


def test_an_ended_sign_in_is_not_swallowed(draft, ada):
    ada.token.delete()
    with pytest.raises(SignInExpired):
        client_for(type(ada).objects.get(pk=ada.pk))
    with pytest.raises(SignInExpired):
        draft("task=WEB-12")


def test_a_wish_is_what_was_asked_for(draft, standin):
    role = standin.world.role("guest")
    entered = draft(
        f"task=WEB-12&role={role.id}&email=carla@creative.example&first_name=Carla&keep_assignees=off",
        is_submitted=True,
    ).invitation()

    assert (entered.task.key, entered.role_id, entered.email) == ("WEB-12", role.id, "carla@creative.example")
    assert (entered.first_name, entered.keep_assignees, entered.policy_version) == ("Carla", False, 0)


def test_a_wish_names_the_version_that_lets_it_pass(draft, ada):
    policy(ada)
    policy(ada)

    assert (
        draft("task=WEB-12&role=guest&email=carla@creative.example", is_submitted=True)
        .invitation()
        .policy_version
        == 2
    )


@pytest.mark.parametrize(("count", "has_lines"), [(2, True), (200, False)])
def test_several_addresses_lead_to_the_page_for_many(draft, count, has_lines):
    entered = ", ".join(f"guest{number}@creative.example" for number in range(count))
    [message] = draft(f"task=WEB-12&role=guest&email={entered}").messages["email"]
    url, _, query = message.link.partition("?")
    asked = QueryDict(query)
    assert (url, asked["task"], asked["role"]) == ("/invite/many/", "WEB-12", "guest")
    assert asked.get("lines") == (entered if has_lines else None)


def test_an_address_that_is_none_leads_nowhere(draft):
    assert [message.link for message in draft("email=carla@").messages["email"]] == [""]
