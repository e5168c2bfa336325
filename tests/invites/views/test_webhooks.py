import re
from uuid import uuid4

import pytest

from invites.audit.models import Event
from invites.models import Webhook
from portal import encryption
from portal.models import Workspace

pytestmark = pytest.mark.django_db
SECRET = re.compile(r"whsec_[\w+/]{43}=")
URL = "https://siem.studio.example/in?key=geheim"


def add(client, **changes):
    fields = {"key": str(uuid4()), "purpose": "SIEM", "url": URL, "format": "ocsf", "events": "portal"}
    return client.post("/webhooks/", fields | changes)


def post(client, action):
    return client.post(f"/webhooks/{Webhook.objects.get().pk}/{action}/", follow=True).text


def outcomes():
    return list(
        Event.objects.filter(type__startswith="webhook-").order_by("id").values_list("type", "outcome")
    )


def test_the_secret_is_shown_once_and_stored_encrypted(ada, client):
    assert "There are no webhooks." in client.get("/webhooks/").text
    response = add(client)
    [secret] = SECRET.findall(response.text)
    assert "no-store" in response["Cache-Control"]
    page = client.get("/webhooks/").text
    assert not SECRET.search(page)
    webhook = Webhook.objects.get()
    assert secret not in webhook.secret
    assert encryption.decrypt(webhook.secret) == secret
    assert (webhook.url, webhook.format, webhook.of_portal, webhook.is_on) == (URL, "ocsf", True, True)
    for text in (page, str(list(Event.objects.values()))):
        assert "siem.studio.example" in text.replace("<wbr>", "")
        assert "geheim" not in text


def test_a_reload_of_the_answer_adds_no_second_one(ada, client):
    key = str(uuid4())
    add(client, key=key)
    response = client.post(
        "/webhooks/",
        {"key": key, "purpose": "x", "url": URL, "format": "jsonl", "events": "workspace"},
        follow=True,
    )
    assert "This webhook was added before." in response.text
    assert Webhook.objects.get().purpose == "SIEM"


@pytest.mark.parametrize(
    "url",
    [
        *("http://siem.studio.example/", "ftp://siem.studio.example/", "siem.studio.example", "https:///x"),
        *("https://", "//siem.studio.example/", "https://siem.studio.example:0/", "https://x.example:99999/"),
        *("https://user:pass@siem.studio.example/", "https://user@x.example/", "https://x.example/#a"),
        *("https://x.example/a b", "https://x.example/\r\nHost: y", "https://x.example/é", "javascript:1"),
        *(
            "https://[::1",
            "https://x.example/\0",
            "http://localhost.evil.example/",
            "http://127.0.0.1@x.example",
        ),
        *("file:///etc/passwd", "https://x.example/" + "x" * 1000, "http://2130706433/", ""),
    ],
)
def test_a_url_that_is_none_or_not_safe_is_refused(ada, client, url):
    assert add(client, url=url).status_code == 422
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9000/", "http://localhost/x", "http://[::1]/", "https://10.0.0.7:8443/events/"]
)
def test_plain_http_is_for_this_machine_and_https_for_any(ada, client, url):
    assert add(client, url=url).status_code == 200
    assert Webhook.objects.get().url == url


@pytest.mark.parametrize(
    "changes", [{"purpose": ""}, {"format": "xml"}, {"events": "all"}, {"key": ""}, {"purpose": "x" * 201}]
)
def test_a_wrong_form_adds_nothing(ada, client, changes):
    assert add(client, **changes).status_code == 422
    assert not Webhook.objects.exists()


def test_it_is_turned_off_and_on_and_removed_each_with_an_event(ada, client):
    add(client)
    assert "Off: nothing is sent." in post(client, "off")
    assert "this was done before" in post(client, "off")
    assert "The webhook was turned on." in post(client, "on")
    assert "Remove the webhook?" in client.get(f"/webhooks/{Webhook.objects.get().pk}/remove/").text
    assert "There are no webhooks." in post(client, "remove")
    assert outcomes() == [
        ("webhook-added", ""),
        ("webhook-changed", "off"),
        ("webhook-changed", "on"),
        ("webhook-removed", ""),
    ]
    for event in Event.objects.filter(type__startswith="webhook-"):
        assert "webhook for SIEM" in client.get(event.get_absolute_url()).text


def test_a_parked_webhook_says_so_and_is_retried(ada, client):
    add(client)
    assert "Nothing was changed" in post(client, "retry")
    Webhook.objects.update(parked_at=1234, problem="it answered 422", position=1233)
    page = client.get("/webhooks/").text
    assert "Parked at event 1,234: it answered 422. No later event is sent." in page
    assert "Delivered up to event 1,233 of 0." in page
    assert "It will be sent again within seconds." in post(client, "retry")
    webhook = Webhook.objects.get()
    assert (webhook.parked_at, webhook.position) == (None, 1233)
    assert outcomes()[-1] == ("webhook-changed", "retried")


def test_a_webhook_of_another_workspace_is_not_found(ada, client):
    add(client)
    Webhook.objects.update(workspace=Workspace.objects.create(id=uuid4(), name="Other"))
    for action in ("on", "off", "retry", "remove"):
        assert client.post(f"/webhooks/{Webhook.objects.get().pk}/{action}/").status_code == 404
    assert "There are no webhooks." in client.get("/webhooks/").text


def test_a_manager_may_not(paula, client):
    assert add(client).status_code == 403
    assert not Webhook.objects.exists()
