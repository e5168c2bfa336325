import re
from uuid import uuid4

import pytest

from invites.audit.models import Event
from invites.models import ApiToken
from invites.stream import tokens

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r"desk_[\w-]{43}")


def create(client, **changes):
    fields = {"key": str(uuid4()), "purpose": "SIEM", "reads": "workspace"} | changes
    return client.post("/api-tokens/", fields)


def test_the_token_is_shown_once_and_not_stored_by_browsers(ada, client):
    assert "There are no tokens." in client.get("/api-tokens/").text
    response = create(client, reads="both")
    [token] = TOKEN.findall(response.text)
    assert "no-store" in response["Cache-Control"]
    assert tokens.authenticate(f"Bearer {token}").reads_portal

    page = client.get("/api-tokens/").text
    assert not TOKEN.search(page)
    row = ApiToken.objects.get()
    assert row.prefix in page
    assert "workspace and portal" in page
    event = Event.objects.get(type="api-token-created")
    assert event.details == {"purpose": "SIEM", "prefix": row.prefix, "reads_portal": True}
    assert "created an API token for SIEM." in client.get(event.get_absolute_url()).text


def test_a_reload_of_the_answer_says_that_the_token_exists(ada, client):
    fields = {"key": str(uuid4()), "purpose": "SIEM", "reads": "workspace"}
    client.post("/api-tokens/", fields)
    response = client.post("/api-tokens/", fields, follow=True)
    assert "This token was created before" in response.text
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [{"purpose": ""}, {"reads": "all"}, {"purpose": "x" * 201}, {"purpose": "\0"}, {"key": "x"}, {"key": ""}],
)
def test_a_wrong_form_creates_nothing(ada, client, changes):
    assert create(client, **changes).status_code == 422
    assert not ApiToken.objects.exists()


def test_a_token_is_revoked_after_a_question(ada, client):
    create(client)
    url = f"/api-tokens/{ApiToken.objects.get().id}/revoke/"
    assert "Revoke the token?" in client.get(url).text
    assert not ApiToken.objects.get().revoked_at
    page = client.post(url, follow=True).text
    assert "The token was revoked." in page
    assert "Revoked</h2>" in page
    for again in (client.post(url, follow=True), client.get(url, follow=True)):
        assert "This token was revoked before." in again.text
    assert ApiToken.objects.get().revoked_by == ada


def test_a_token_of_another_workspace_is_not_found(ada, client):
    create(client)
    token = ApiToken.objects.get()
    other = type(token.workspace).objects.create(id=uuid4(), name="Other")
    ApiToken.objects.update(workspace=other)
    assert client.post(f"/api-tokens/{token.id}/revoke/").status_code == 404
    assert "There are no tokens." in client.get("/api-tokens/").text


def test_a_manager_may_not(paula, client):
    assert create(client).status_code == 403
    assert not ApiToken.objects.exists()
