"""Users and their permissions."""

import pytest
from django.db import IntegrityError, transaction
from model_bakery import baker

from portal.models import AworkToken, OAuthClient, User

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("first", "last", "email", "name"),
    [
        ("Ada", "Ahrens", "ada@studio.example", "Ada Ahrens"),
        ("", "Ahrens", "ada@studio.example", "Ahrens"),
        ("", "", "ada@studio.example", "ada@studio.example"),
    ],
)
def test_a_person_goes_by_name_else_by_address(first, last, email, name):
    assert User(first_name=first, last_name=last, email=email).name == name


def test_a_person_of_whom_awork_says_nothing_still_has_a_name():
    person = baker.make(User)
    person.first_name = person.last_name = person.email = ""

    assert str(person) == str(person.awork_id)


def test_a_person_comes_with_the_workspace_in_one_query(django_assert_num_queries):
    baker.make(User, workspace__name="Studio")

    with django_assert_num_queries(1):
        assert User.objects.get().workspace.name == "Studio"


def test_a_session_lives_on_though_there_is_no_password(client):
    client.force_login(baker.make(User))

    assert client.get("/invitations/").status_code == 200


def test_tokens_are_not_printed():
    kept = baker.make(AworkToken, access="secret-access", refresh="secret-refresh")

    assert "secret" not in f"{kept} {kept!r}"


def test_one_redirect_address_has_one_client():
    first = baker.make(OAuthClient, awork="https://awork.example", redirect_uri="https://desk.example/x")

    with pytest.raises(IntegrityError), transaction.atomic():
        baker.make(OAuthClient, awork=first.awork, redirect_uri=first.redirect_uri)
