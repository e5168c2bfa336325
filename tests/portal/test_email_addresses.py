"""Which spellings are one address, and which addresses differ although they look alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.email_addresses import (
    AddressTooLong,
    EmailAddress,
    ascii_domain,
    key_of,
    mentions,
    normalize,
    readable,
    spellings,
    to_ascii,
)
from tests.addresses import ONE_PERSON, TWO_PERSONS


@pytest.mark.parametrize(("first", "second"), ONE_PERSON)
def test_two_spellings_of_one_address(first, second):
    assert normalize(first).key == normalize(second).key
    assert key_of(first) == key_of(second)


@pytest.mark.parametrize(("first", "second"), TWO_PERSONS)
def test_two_addresses_that_look_alike(first, second):
    assert normalize(first).key != normalize(second).key
    assert key_of(first) != key_of(second)


def test_an_address_in_its_forms():
    assert normalize(" Berta@XN--bcher-kva.Example ") == EmailAddress(
        "Berta@bücher.example", "berta@bücher.example", "Berta@xn--bcher-kva.example"
    )


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("carla@creative.example\u200b", "carla@creative.example"),
        ("\ufeffcarla@creative.example", "carla@creative.example"),
        ("carla@\u200bcreative.example", "carla@creative.example"),
        ("\u2068carla@creative.example\u2069", "carla@creative.example"),
        ("carla@crea\xadtive.example", "carla@creative.example"),
        ("car\u034fla@creative.example\ufe0f", "carla@creative.example"),
        ("\u200b \u00a0carla@creative.example\t\u200b ", "carla@creative.example"),
        ("carla@xn--bcher-kva.example", "carla@b\xfccher.example"),
        ("carla@bu\u0308cher.example", "carla@b\xfccher.example"),
        ("carla@stra\xdfe.example", "carla@stra\xdfe.example"),
        ("Carla@Creative.EXAMPLE", "Carla@creative.example"),
        ("carla@creative\u3002example", "carla@creative.example"),
    ],
)
def test_the_address_that_is_stored(typed, stored):
    assert normalize(typed).address == stored


@pytest.mark.parametrize("typed", ["", "\u200b", "carla", "carla@[192.0.2.1]", "a@b.example; c@b.example"])
def test_what_is_not_one_address(typed):
    with pytest.raises(ValueError):
        normalize(typed)


def test_the_length_counts_what_can_be_seen():
    address = "c" * 60 + "@" + ".".join(["d" * 60] * 3) + ".example"
    assert normalize("\u200b" * 200 + address).address == address
    with pytest.raises(AddressTooLong):
        normalize("d" * 60 + address)


@pytest.mark.parametrize(
    ("stored", "key"),
    [
        ("Smiley@xn--e28h.example", "smiley@xn--e28h.example"),
        ("Ju\u0308rgen@Local\u200b", "j\xfcrgen@local"),
        ("Müller@[192.0.2.1]", "müller@[192.0.2.1]"),
        ("", ""),
    ],
)
def test_what_only_another_system_takes_for_an_address_has_a_key_as_well(stored, key):
    assert key_of(stored) == key


@given(st.text())
def test_the_key_of_a_key_is_itself(text):
    assert key_of(key_of(text)) == key_of(text)


@given(st.emails())
def test_the_stored_address_and_every_spelling_have_its_key(text):
    for spelling in spellings(text):
        assert key_of(spelling) == key_of(text)


def test_the_spellings_that_another_system_may_store():
    assert spellings("Berta@Bücher.example") == [
        "Berta@bücher.example",
        "berta@bücher.example",
        "Berta@xn--bcher-kva.example",
        "berta@xn--bcher-kva.example",
    ]
    assert spellings("carla@creative.example") == ["carla@creative.example"]
    assert spellings("Carla@[192.0.2.1]") == ["Carla@[192.0.2.1]", "carla@[192.0.2.1]"]


def test_a_domain_is_readable_here_and_in_ascii_for_awork():
    for text in ("Berta@Bücher.example", "Berta@xn--bcher-kva.example"):
        assert (readable(text), to_ascii(text)) == ("Berta@bücher.example", "Berta@xn--bcher-kva.example")
    assert to_ascii("Müller@bücher.example") == "Müller@xn--bcher-kva.example"
    for text in ("not an address", "Müller@[192.0.2.1]", ""):
        assert (readable(text), to_ascii(text)) == (text, text)


@pytest.mark.parametrize(
    "text",
    [
        "email=Berta@bücher.example",
        "task=WEB-12&email=berta@BU\u0308CHER.example&role=guest",
        "/invite/?email=berta@xn--bcher-kva.example",
        "email=berta@bücher.example\u200b&q=",
        "email=ber\u200bta@bücher\uff0eexample",
        "Berta Beil <berta@bücher.example>",
    ],
)
def test_an_address_in_a_text(text):
    assert mentions(text, "berta@bücher.example")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "berta",
        "email=berta@bucher.example",
        "berta@buecher.example",
        "berta+tag@bücher.example",
        "roberta@bücher.example",
        "tag+berta@bücher.example",
        "berta@bücher.example.com",
        "berta@bücher.examples",
    ],
)
def test_a_text_without_the_address(text):
    assert not mentions(text, "berta@bücher.example")


def test_domains_that_look_alike():
    assert ascii_domain("straße.example") == "xn--strae-oqa.example"
    assert ascii_domain("strasse.example") == "strasse.example"
