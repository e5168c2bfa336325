"""`/attention/`"""

import pytest

from portal import clock
from tests.invites.factories import guest, invitation, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def paula(client):
    user = person()
    client.force_login(user)
    return user


def test_each_line_has_the_link_that_settles_it(client, paula):
    one = invitation(paula, state="unclear")
    page = " ".join(client.get("/attention/").text.split())
    assert "Unclear invitations" in page
    assert (
        f'href="{one.get_absolute_url()}" aria-label="Check with awork: Carla Creative, invited to WEB-12"'
        in page
    )


def test_nothing_to_do_is_said_calmly(client, paula):
    assert "Nothing needs your attention" in client.get("/attention/").text


def test_more_than_the_page_shows_are_in_the_list(client, paula):
    for _ in range(26):
        invitation(paula, state="unclear")
    page = client.get("/attention/").text
    assert page.count("Check with awork: ") == 25
    assert 'href="/invitations/?state=attention">Show all</a>' in page


def test_what_is_seen_can_be_dismissed(client, paula):
    one = invitation(paula, state="not_sent", reason="stopped")
    url = f"/invitations/{one.id}/dismiss/"
    assert f'action="{url}"' in client.get("/attention/").text
    page = client.post(url, follow=True).text
    assert "Dismissed: Carla Creative, invited to WEB-12" in page
    assert "Nothing needs your attention" in page
    assert "Dismissed" not in client.post(url, follow=True).text


def test_auditors_cannot_dismiss(client, paula):
    one = invitation(paula, state="not_sent")
    client.force_login(person("Paul", role="auditor"))
    assert "dismiss" not in client.get("/attention/").text
    assert client.post(f"/invitations/{one.id}/dismiss/").status_code == 403


def test_who_joined_lately_is_said_and_not_counted(client, paula):
    guest(paula, state="joined", state_since=clock.now(), invited_at=clock.now())
    page = " ".join(client.get("/attention/").text.split())
    assert "Nothing needs your attention" in page
    assert "Joined in the last days" in page
    assert "Joined by " in page
    assert 'class="count"' not in page
