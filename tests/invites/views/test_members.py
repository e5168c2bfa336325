"""`/members/`: who is what."""

import re
from html import unescape
from uuid import uuid4

import pytest

from invites.audit.models import Event
from portal.accounts import members
from portal.models import PendingRole, User
from portal.roles import DeskRole
from tests.invites.factories import invitation, person
from tests.invites.views.pages import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client):
    user = person("Ada Ahrens", role=DeskRole.ADMINISTRATOR)
    client.force_login(user)
    return user


@pytest.fixture
def paula(ada):
    return person("Paula Planer")


def change(client, user, role):
    return client.post(f"/members/{user.awork_id}/role/", {"role": role})


def test_members_are_listed_with_role_and_invitations(client, paula):
    invitation(paula)
    invitation(paula, email="bo@b.example")
    person("Otto Ost", "Elsewhere")
    page = text(client.get("/members/"))
    assert page.index("Ada Ahrens") < page.index("Paula Planer")
    assert "Otto" not in page
    assert '<td data-label="Invitations">2</td>' in page
    assert 'aria-label="Desk role of Paula Planer"' in page
    assert 'aria-label="Desk role of Ada Ahrens"' not in page


def test_words_narrow_the_list(client, paula):
    page = text(client.get("/members/?q=planer+paula"))
    assert "Paula Planer" in page
    assert "Role of Ada" not in page
    assert "No members found" in text(client.get("/members/?q=nobody"))


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("name=paula", "There is no filter “name”."),
        ("q=nobody%00", "Name or e-mail: Null characters are not allowed."),
        (f"q={'x' * 201}", "Name or e-mail: Ensure this value has at most 200 characters"),
    ],
)
def test_a_filter_that_is_not_applied_is_reported(client, paula, query, problem):
    page = text(client.get(f"/members/?{query}"))
    assert problem in page
    assert "Paula Planer" in page


def test_a_long_list_has_pages_that_keep_the_words(client, ada):
    for number in range(60):
        person(f"Name{number:02} Many")
    page = text(client.get("/members/?q=many"))
    assert "Name49" in page
    assert "Name50" not in page
    [older] = re.findall(r'rel="next" href="([^"]*)"', page)
    assert "?q=many&amp;after=" in older
    second = text(client.get(unescape(older)))
    assert "Name50" in second
    assert "Name49" not in second
    [newer] = re.findall(r'rel="prev" href="([^"]*)"', second)
    assert "Name49" in text(client.get(unescape(newer)))


def test_names_with_any_characters_page_in_order(client, ada):
    for number in range(120):
        person(f"~%7E{number % 40:02} {'50%~' * (number % 2)}")
    seen, address = [], "/members/"
    while address:
        page = text(client.get(address))
        seen += [user.pk for user in client.get(address).context["members"]]
        older = re.search(r'rel="next" href="([^"]*)"', page)
        address = unescape(older[1]) if older else ""
    names = User.objects.filter(workspace=ada.workspace).order_by("search_text", "id")
    assert seen == list(names.values_list("pk", flat=True))


def test_a_role_is_changed_and_recorded(client, paula):
    assert change(client, paula, "auditor")["Location"] == "/members/"
    done = "Paula Planer now has the desk role Auditor."
    assert done in text(client.get("/members/"))
    assert done not in text(client.get("/members/"))
    assert User.objects.get(pk=paula.pk).role == "auditor"
    event = Event.objects.get()
    assert (event.type, event.actor_name) == ("rights-changed", "Ada Ahrens")
    assert event.details == {"before": "manager", "after": "auditor"}


@pytest.mark.parametrize("role", ["", "owner", "administrator\0", "x" * 1000])
def test_a_role_that_there_is_not_changes_nothing(client, paula, role):
    assert change(client, paula, role).status_code == 302
    assert User.objects.get(pk=paula.pk).role == "manager"


def test_nobody_changes_their_own_role_and_is_told_why(client, ada):
    answer = change(client, ada, "manager")
    assert answer["Location"] == "/members/?problem=own"
    assert "You cannot change your own role" in text(client.get(answer["Location"]))
    assert User.objects.get(pk=ada.pk).role == "administrator"


@pytest.mark.parametrize(
    ("problem", "status", "location"),
    [(members.LastAdministrator, 302, "/members/?problem=last"), (members.NotAdministrator, 403, None)],
)
def test_what_the_verb_refuses_is_told(client, paula, monkeypatch, problem, status, location):
    """Both come about only when two people press at once."""

    def refuse(*args, **options):
        raise problem

    monkeypatch.setattr(members, "change_role", refuse)
    answer = change(client, paula, "lead")
    assert (answer.status_code, answer.get("Location")) == (status, location)
    assert "This is the last administrator" in text(client.get("/members/?problem=last"))


def test_people_of_another_workspace_are_not_there(client, ada):
    stranger = person("Otto Ost", "Elsewhere")
    assert change(client, stranger, "auditor").status_code == 404
    assert client.post(f"/members/{uuid4()}/role/", {"role": "lead"}).status_code == 404
    assert User.objects.get(pk=stranger.pk).role == "manager"


def test_a_role_is_said_beforehand(client, ada):
    said = {"email": "New@BÜRO.example", "role": "auditor"}
    assert client.post("/members/pending-roles/", said)["Location"] == "/members/"
    expected = PendingRole.objects.get()
    assert (expected.email, expected.role) == ("new@büro.example", "auditor")
    page = text(client.get("/members/"))
    assert "New@büro.example gets the desk role Auditor at the first sign-in." in page
    assert "Waiting for confirmation" not in page
    assert "leads and auditors then wait until an administrator confirms them" in page


def test_who_waits_for_confirmation_is_shown_with_the_address_they_signed_in_with(client, paula):
    pending = PendingRole.objects.create(
        workspace=paula.workspace, email="new@studio.example", role="auditor", user=paula
    )
    page = text(client.get("/members/"))
    sentence = "<strong>Paula Planer</strong> (new@studio.example) signed in and would become Auditor."
    assert sentence in " ".join(page.split())
    for verb in ("confirm", "reject"):
        assert f'action="/members/{pending.user.awork_id}/pending-role/{verb}/"' in page
    assert f"/members/pending-roles/{pending.pk}/remove/" not in page


@pytest.mark.parametrize(
    "said",
    [
        {"email": "new@", "role": "lead"},
        {"email": "", "role": "lead"},
        {"email": "new@studio.example", "role": "administrator"},
        {"email": "new@studio.example"},
    ],
)
def test_what_cannot_be_said_beforehand_is_shown_again(client, ada, said):
    answer = client.post("/members/pending-roles/", said)
    assert answer.status_code == 422
    assert said["email"] in text(answer)
    assert not PendingRole.objects.exists()


def test_somebody_who_is_here_is_not_expected(client, paula):
    answer = client.post("/members/pending-roles/", {"email": paula.email.upper(), "role": "lead"})
    assert "Paula Planer has already signed in" in text(answer)


def test_the_number_of_queries_does_not_grow_with_the_list(client, ada, django_assert_max_num_queries):
    for number in range(40):
        user = person(f"Name{number} Many")
        PendingRole.objects.create(workspace=ada.workspace, email=user.email, role="lead", user=user)
    with django_assert_max_num_queries(6):  # session, user, attention, count, members, expected
        client.get("/members/")


def test_names_are_in_the_order_that_people_expect(client, ada):
    for name in ("Zora", "Äda", "Abel", "éric", "Emil"):
        person(f"{name} Sorted")
    shown = client.get("/members/?q=sorted").context["members"]
    assert [user.first_name for user in shown] == ["Abel", "Äda", "Emil", "éric", "Zora"]
