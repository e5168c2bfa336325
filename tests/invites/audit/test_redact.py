import json
import re
from base64 import b64decode, b64encode
from dataclasses import replace

import pytest

from invites.audit.catalogue import EventType
from invites.audit.models import Event, Person
from invites.audit.record import record
from invites.audit.redact import MASK, Redactor
from invites.audit.snapshot import Snapshot
from portal.awork.schemas import Exchange
from tests.cases import rows
from tests.traces import everything


@pytest.mark.parametrize(
    "secret",
    [
        "Bearer abcdefgh12345",
        "basic dXNlcjpwYXNz",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    ],
)
def test_tokens_are_masked_wherever_they_stand(secret):
    assert Redactor().text(f"said {secret} aloud") == f"said {MASK} aloud"


@pytest.mark.parametrize(
    "name", ["access_token", "refresh_token", "client_secret", "code", "state", "api_key"]
)
def test_secrets_in_addresses_are_masked(name):
    assert re.fullmatch(r"/x\?a=1&[a-z]*\[masked\]&b=2", Redactor().text(f"/x?a=1&{name}=hush&b=2"))


@pytest.mark.parametrize("name", ["token", "refreshToken", "Authorization", "password", "cookie", "apiKey"])
def test_values_that_bear_the_name_of_a_secret_are_masked(name):
    assert Redactor().json({"deep": [{name: "hush"}]}) == {"deep": [{name: MASK}]}


@pytest.mark.parametrize(
    "quoted", ['{"access_token": "hush", "n": 1}', "refresh_token=hush&x=1", "id_token: hush"]
)
def test_tokens_that_awork_names_are_masked_in_any_text(quoted):
    assert MASK in Redactor().text(quoted)
    assert "hush" not in Redactor().text(quoted)


@pytest.mark.parametrize(
    "name",
    [
        *("SECRET_KEY", "AWORK_CLIENT_SECRET", "AWORK_API_KEY", "TOKEN_KEYS", "AUDIT_KEY"),
        "AUDIT_KEY_FALLBACKS",
    ],
)
def test_the_portals_own_secrets_are_masked(settings, name):
    secret = b64encode(b"thirty-two bytes that nobody has").decode()
    values = {"TOKEN_KEYS": ["another", secret], "AUDIT_KEY": b64decode(secret)}
    values |= {"AUDIT_KEY_FALLBACKS": [b64decode(secret)]}
    setattr(settings, name, values.get(name, secret))
    assert Redactor().text(f"with {secret}") == f"with {MASK}"


@pytest.mark.parametrize(("text", "expected"), rows("masking"))
def test_technical_text_is_masked_by_the_same_examples(text, expected):
    assert (MASK in Redactor().text(text)) is (expected == "masked")


@pytest.mark.django_db
@pytest.mark.parametrize(("text", "expected"), rows("masking"))
@pytest.mark.parametrize("field", ["task_name", "project_name", "role_name"])
def test_names_are_masked_only_where_they_hold_a_real_secret(paula, field, text, expected):
    event = record(EventType.INVITATION_SENT, by=paula, snapshot=Snapshot(**{field: text}))
    event.refresh_from_db()
    assert (MASK in getattr(event, field)) is (expected == "masked")
    assert (getattr(event, field) == text) is (expected == "kept")


@pytest.mark.django_db
@pytest.mark.parametrize(("text", "expected"), rows("masking"))
def test_names_of_people_are_masked_by_the_same_rule(paula, text, expected):
    record(EventType.INVITATION_SENT, by=replace(paula, name=text), snapshot=Snapshot(last_name=text))
    names = [Person.objects.get().last_name, Event.objects.get().actor_name]
    assert [name == text for name in names] == [expected == "kept"] * 2


@pytest.mark.django_db
def test_a_secret_of_the_process_is_masked_wherever_it_stands(paula, settings):
    settings.AWORK_API_KEY = "desk+key/QxZ1234"
    for secret in ("desk+key/QxZ1234", "desk%2Bkey%2FQxZ1234"):
        about = Snapshot(**dict.fromkeys(("task_name", "first_name", "role_name"), f"Basic {secret} x"))
        record(EventType.INVITATION_SENT, by=replace(paula, name=secret, user_agent=secret), snapshot=about)
    assert "QxZ" not in everything()


@pytest.mark.parametrize(
    "name", ["Bearer bonds-issue", "Basic Konferenz", "Projekt state=open", "Tokens_token: x"]
)
def test_ordinary_names_stay(name):
    assert Redactor().name(name) == name


def test_what_is_no_secret_stays():
    said = {"code": "insufficient-seats", "rows": 3, "on": True, "none": None, "list": ["a", 1]}
    assert Redactor().json(said) == said
    assert (
        Redactor().text("/tasks?state=open") == f"/tasks?{MASK}"
    )  # OAuth's name: rather too much than too little


def test_text_is_made_storable_and_uniform():
    assert Redactor().text("e\u0301\0\ud800") == "é?"
    assert Redactor().text("x" * 10, 4) == "xxxx"


def test_the_guests_address_is_taken_out_in_every_form():
    door = Redactor("o'brien+a@kunde.example")
    assert door.text("to O'Brien+A@kunde.example") == "to [guest]"
    assert door.text("/autofill/o%27brien%2Ba%40kunde.example?") == "/autofill/[guest]?"
    other = Redactor("berta@bücher.example")
    assert other.text("to Berta@xn--bcher-kva.example, BERTA@BU\u0308CHER.example") == "to [guest], [guest]"
    assert other.text("/autofill/berta%40b%C3%BCcher.example?") == "/autofill/[guest]?"


@pytest.mark.parametrize(
    "text", ["a/b@kunde.example", "a/b%40kunde.example", "a%2Fb%40kunde.example", "a%2fb%40kunde.example"]
)
def test_an_address_with_a_slash_is_taken_out_percent_encoded_as_well(text):
    assert Redactor("a/b@kunde.example").text(f"/autofill/{text}?x") == "/autofill/[guest]?x"
    assert (
        Redactor("a/b@kunde.example").text(f"?next=%2Finvite%2F%3Femail%3D{text}")
        == "?next=%2Finvite%2F%3Femail%3D[guest]"
    )


def test_a_longer_address_that_ends_like_the_guests_stays():
    text = "joann@x.example jo+ann@x.example joann%40x.example ann@x.example.org ann@x.examples"
    assert Redactor("ann@x.example").text(text) == text
    assert Redactor("ann@x.example").text("(ann@x.example.)") == "([guest].)"


@pytest.mark.parametrize("value", [0.5, object(), {1, 2}])
def test_what_json_does_not_know_exactly_is_refused(value):
    with pytest.raises(TypeError):
        Redactor().json({"value": value})


@pytest.mark.django_db
def test_no_secret_reaches_the_log(paula, snapshot):
    record(
        EventType.INVITATION_UNCLEAR,
        by=paula,
        snapshot=snapshot,
        exchange=Exchange("GET", "/x?access_token=hush", 500, "Bearer hush-hush-hush", "t", 1),
        outcome="Bearer hush-hush-hush",
        details={"token": "hush"},
    )
    assert "hush" not in json.dumps(Event.objects.values().get(), default=str)
