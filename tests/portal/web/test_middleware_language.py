"""The language of pages: chosen here, else in awork, else the browser's; of what is no page: English."""

import json
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from invites.models.csv_columns import header
from invites.stream import tokens
from portal import actor
from portal.models import User

pytestmark = pytest.mark.django_db

GERMAN, ENGLISH = {"Accept-Language": "de-AT,en;q=0.5"}, {"Accept-Language": "fr, en"}


def german(text):
    with translation.override("de"):
        return gettext(text)


def language_of(response):
    assert f'<html lang="{response["Content-Language"]}">' in response.content.decode()
    assert "Accept-Language" in response["Vary"]
    return response["Content-Language"]


@pytest.fixture
def paula(sign_in, client):
    sign_in(client)
    return User.objects.get()


@pytest.mark.parametrize("path", ["/login/", "/login/refused/guest/", "/nowhere/"])
def test_who_is_not_signed_in_reads_the_browsers_language(client, path):
    assert language_of(client.get(path, headers=GERMAN)) == "de"
    assert language_of(client.get(path, headers=ENGLISH)) == "en"
    assert language_of(client.get(path, headers={"Accept-Language": ",;q=x" * 99})) == "en"


@pytest.mark.parametrize(
    ("chosen", "of_awork", "headers", "expected"),
    [
        ("", "", GERMAN, "de"),
        ("", "", ENGLISH, "en"),
        ("", "de-DE", ENGLISH, "de"),
        ("", "sv-SE", GERMAN, "de"),
        ("en", "de-DE", GERMAN, "en"),
        ("de", "en-GB", ENGLISH, "de"),
    ],
)
def test_members_read_the_language_that_they_chose(client, paula, chosen, of_awork, headers, expected):
    User.objects.update(language=chosen, awork_language=of_awork)
    assert language_of(client.get("/account/", headers=headers)) == expected
    fragment = client.get("/guests/", headers=headers | {"HX-Request": "true"})
    assert (fragment["Content-Language"], b"<html" in fragment.content) == (expected, False)
    assert (german("No guests yet") in fragment.content.decode()) == (expected == "de")


def test_an_error_page_for_members_is_in_their_language_too(client, paula):
    User.objects.update(language="de", role="auditor")
    refused = client.get("/invite/", headers=ENGLISH)
    assert (refused.status_code, language_of(refused)) == (403, "de")
    unknown = client.get("/nowhere/", headers=ENGLISH)
    assert (unknown.status_code, language_of(unknown)) == (404, "de")


def test_the_language_in_awork_is_noted_when_signing_in(client, sign_in):
    sign_in(client, "jonas")
    assert User.objects.get().awork_language == "de-DE"
    assert language_of(client.get("/invite/", headers=ENGLISH)) == "de"


def test_no_request_leaves_its_language_to_the_next_one(client):
    client.get("/login/", headers=GERMAN)
    assert translation.get_language() == "en"
    assert language_of(client.get("/login/")) == "en"


def test_probes_ask_no_database_for_a_language(client, monkeypatch):
    with connection.execute_wrapper(lambda *_: pytest.fail("a query")):
        assert client.get("/livez", headers=GERMAN).status_code == 200


def test_lists_for_spreadsheets_have_their_columns_in_the_readers_language(client, paula):
    for path in ("/invitations/export.csv", "/guests/export.csv"):
        assert b"".join(client.get(path)).decode("utf-8-sig").startswith("guest,email,")
    User.objects.update(language="de")
    with translation.override("de"):
        expected = ",".join(header(["guest", "email"]))
    for path in ("/invitations/export.csv", "/guests/export.csv"):
        assert b"".join(client.get(path)).decode("utf-8-sig").startswith(expected)
    assert expected != "guest,email"


def test_the_audit_log_is_exported_in_english_for_everyone(client, paula):
    User.objects.update(language="de", role="auditor")
    lines = b"".join(client.get("/audit/export.csv")).decode().splitlines()
    assert "Paula Petersen signed in." in lines[-2]
    assert lines[-1].startswith(("End of export", '"End of export'))
    assert german("Signed in") in client.get("/audit/").content.decode()


def test_other_systems_read_english(paula):
    token = tokens.create(uuid4(), "SIEM", reads_portal=False, user=paula, by=actor.for_user(paula))
    reader = Client(headers={"Authorization": f"Bearer {token}"} | GERMAN)
    first = json.loads(reader.get("/api/audit/?format=ocsf").content.splitlines()[0])
    assert first["message"] == "Signed in"


@pytest.mark.parametrize("wanted", ["de", "en", ""])
def test_the_language_is_chosen_on_the_account_page(client, paula, wanted):
    User.objects.update(awork_language="de-DE")
    saved = client.post("/account/language/", {"language": wanted}, headers=ENGLISH)
    assert saved["Location"] == "/account/"
    page = client.get("/account/", headers=ENGLISH)
    assert language_of(page) == (wanted or "de")
    with translation.override(wanted or "de"):
        assert gettext("Language saved.") in page.content.decode()


@pytest.mark.parametrize("wanted", ["fr", "x" * 600, "de\x00", "../de"])
def test_a_language_that_is_not_offered_is_not_saved(client, paula, wanted):
    client.post("/account/language/", {"language": wanted})
    assert User.objects.get().language == ""
