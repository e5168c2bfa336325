"""`/invitations/`: what one has sent, newest first."""

from datetime import timedelta

import pytest
from django.utils.html import escape

from tests.invites.factories import NOON, invitation, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def paula(client):
    user = person()
    client.force_login(user)
    return user


def text(response) -> str:
    return response.content.decode()


def test_a_stranger_is_sent_to_sign_in_and_back(client):
    response = client.get("/invitations/?state=sent")
    assert response.status_code == 302
    assert response["Location"] == "/login/?next=/invitations/%3Fstate%3Dsent"


def test_one_sees_ones_own_invitations_newest_first(client, paula):
    invitation(paula, first_name="Older", created_at=NOON - timedelta(days=1))
    invitation(paula, first_name="Newer")
    invitation(person("Mara Manager"), first_name="Foreign")
    page = text(client.get("/invitations/"))
    assert page.index("Newer") < page.index("Older")
    assert "Foreign" not in page


def test_a_row_shows_the_state_and_is_one_link(client, paula):
    found = invitation(paula, state="unclear")
    page = text(client.get("/invitations/"))
    assert page.count(f'href="/invitations/{found.id}/"') == 1
    assert 'data-state="unclear">Unclear<' in page


def test_a_team_that_could_not_be_put_back_is_seen_in_the_list(client, paula):
    invitation(paula, assignees_state="not_restored")
    assert "Assignees not restored" in text(client.get("/invitations/"))


def test_markup_in_names_stays_text(client, paula):
    invitation(paula, first_name="<script>x</script>")
    page = text(client.get("/invitations/"))
    assert "<script>x" not in page
    assert escape("<script>x</script>") in page


def test_nobody_invited_yet_and_nothing_found_say_so(client, paula):
    assert "You haven't invited anyone yet" in text(client.get("/invitations/"))
    assert "Nothing matches" in text(client.get("/invitations/?q=nobody"))


def test_pages_keep_the_filters_in_their_addresses(client, paula):
    for number in range(31):
        invitation(paula, created_at=NOON - timedelta(hours=number))
    page = text(client.get("/invitations/?state=sent&q="))
    assert 'href="/invitations/?state=sent&amp;before=2026-11-19T07%3A00%3A00.000000Z~' in page
    assert "Newer" not in page


def test_htmx_gets_the_list_alone_and_an_address_without_empty_filters(client, paula):
    invitation(paula)
    part = client.get("/invitations/?q=&state=sent", headers={"HX-Request": "true"})
    assert "<html" not in text(part)
    assert part["HX-Push-Url"] == "/invitations/?state=sent"
    assert "HX-Request" in part["Vary"]


def test_a_turned_page_takes_the_focus_and_a_filtered_one_does_not(client, paula):
    for number in range(31):
        invitation(paula, created_at=NOON - timedelta(hours=number))
    assert "data-focus" not in text(client.get("/invitations/?q=carla"))
    assert "data-focus" in text(client.get("/invitations/?before=2026-11-20T00:00:00Z~" + "0" * 32))


def test_the_number_of_queries_does_not_grow_with_the_list(client, paula, django_assert_max_num_queries):
    for number in range(40):
        invitation(paula, created_at=NOON - timedelta(hours=number))
    with django_assert_max_num_queries(4):  # session, user, projects, invitations
        client.get("/invitations/")
