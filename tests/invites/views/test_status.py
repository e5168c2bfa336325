"""What administrators see of the desk's state."""

import pytest
from django.conf import settings

from tests.invites import factories

pytestmark = pytest.mark.django_db


def test_what_needs_attention_stands_first(client, ada):
    page = client.get("/status/").text
    assert page.index("No worker is running") < page.index("Unclear invitations: 0.")
    assert f"Invitation desk {settings.VERSION}" in page
    assert "Nothing needs attention." not in page


def test_other_workspaces_stay_hidden(client, ada):
    other = factories.person("Otto Ostwind", workspace="Elsewhere")
    batch = factories.batch(other, state="paused", reason="insufficient-seats")
    factories.batch(ada, state="paused", reason="insufficient-seats")
    page = client.get("/status/").text
    assert page.count("is paused by the desk") == 1
    assert str(batch.id) not in page
    assert str(other.workspace_id) not in page


def test_the_account_page_leads_administrators_there(client, ada):
    assert 'href="/status/"' in client.get("/account/").text


def test_managers_do_not_see_it(client, paula):
    assert client.get("/status/").status_code == 403
    assert 'href="/status/"' not in client.get("/account/").text
