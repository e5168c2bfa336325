"""What administrators see of the desk's state."""

import re

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
    own = factories.batch(ada, state="paused", reason="insufficient-seats")
    page = client.get("/status/").text
    assert page.count("The workspace has no free licence.") == 1
    assert f'<a href="{own.get_absolute_url()}">See the batch</a>' in page
    assert str(batch.id) not in page
    assert "Elsewhere" not in page
    assert "Otto" not in page


def test_it_names_neither_codes_nor_ids(client, ada):
    factories.batch(ada, state="paused", reason="insufficient-seats")
    words = re.sub(r"<[^>]+>", " ", client.get("/status/").text)
    assert "insufficient-seats" not in words
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", words)


def test_the_account_page_leads_administrators_there(client, ada):
    assert 'href="/status/"' in client.get("/account/").text


def test_managers_do_not_see_it(client, paula):
    assert client.get("/status/").status_code == 403
    assert 'href="/status/"' not in client.get("/account/").text
