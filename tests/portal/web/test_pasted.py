import pytest

from portal.web.pasted import Mailbox, SeveralAddresses, parse_mailbox


@pytest.mark.parametrize(
    ("text", "address", "name"),
    [
        ("Carla Creative <carla@creative.example>", "carla@creative.example", "Carla Creative"),
        ("\u201eCarla\u201c <carla@creative.example>,", "carla@creative.example", "Carla"),
        ("<mailto:carla@creative.example>", "carla@creative.example", ""),
        ("MAILTO:carla%2Btag@creative.example?cc=paul@creative.example", "carla+tag@creative.example", ""),
        ("[carla@creative.example]", "carla@creative.example", ""),
        ("o\u2019brien@creative.example", "o'brien@creative.example", ""),
        ("Carla", "Carla", ""),
        ("", "", ""),
    ],
)
def test_the_address_and_the_name_are_found(text, address, name):
    assert parse_mailbox(text) == Mailbox(address, name)


@pytest.mark.parametrize("between", [";", ", ", " ", "\n", "> <"])
def test_several_addresses_are_not_one(between):
    with pytest.raises(SeveralAddresses):
        parse_mailbox(f"carla@creative.example{between}paul@creative.example")


def test_the_same_address_twice_is_one():
    assert (
        parse_mailbox("Carla@creative.example <carla@creative.example>").address == "carla@creative.example"
    )


def test_a_huge_text_is_parsed_in_time():
    assert parse_mailbox("<" * 100_000).address == ""
