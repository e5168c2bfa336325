from uuid import uuid4

import pytest
from django.http import QueryDict

from invites.forms import InviteForm
from tests.cases import rows


def form(**fields):
    good = {
        "key": str(uuid4()),
        "task": "WEB-12",
        "role": str(uuid4()),
        "email": "carla@creative.example",
        "first_name": "Carla",
        "last_name": "Creative",
        "gender": "",
    }
    data = QueryDict(mutable=True)
    for name, value in (good | fields).items():
        if value is not None:
            data[name] = value
    return InviteForm(data)


def test_a_whole_form_is_valid():
    assert form().is_valid()


@pytest.mark.parametrize("name", ["task", "role", "email"])
def test_what_is_needed_is_asked_for(name):
    assert list(form(**{name: ""}).errors) == [name]


@pytest.mark.parametrize(
    "address",
    [
        "carla",
        "carla@",
        "@creative.example",
        "carla@creative",
        "carla creative@creative.example",
        "carla@creative.example, paul@creative.example",
        "carla@crea\x00tive.example",
        "carla@-creative.example",
        "carla@[192.0.2.1]",
        "carla@creative.example; paul@creative.example",
        "carla@creative.example\nbcc: all@creative.example",
    ],
)
def test_a_malformed_address_is_refused(address):
    assert "email" in form(email=address).errors


def test_an_overlong_address_is_refused():
    address = "c" * 60 + "@" + ".".join(["d" * 60] * 4) + ".example"
    assert len(address) > 254
    assert "254" in form(email=address).errors["email"][0]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("carla@BÜCHER.example", "carla@bücher.example"),
        ("carla@xn--bcher-kva.example", "carla@bücher.example"),
        ("  carla@Creative.EXAMPLE ", "carla@creative.example"),
        ("Carla.C@creative.example", "Carla.C@creative.example"),
        ("carla@creative.example\u200b", "carla@creative.example"),
        ("\ufeffcarla@creative.example", "carla@creative.example"),
        ("carla@\u200bcreative.example", "carla@creative.example"),
        ("\u2068carla@creative.example\u2069", "carla@creative.example"),
        ("carla@crea\xadtive.example", "carla@creative.example"),
        ("carla@bu\u0308cher.example", "carla@b\xfccher.example"),
        ("carla@stra\xdfe.example", "carla@stra\xdfe.example"),
    ],
)
def test_an_address_is_normalised(typed, shown):
    assert form(email=typed).valid("email") == shown


@pytest.mark.parametrize(
    "name",
    [
        "http://gewinn.example",
        "Click https://win.example/now",
        "www.win.example",
        "visit win.com today",
        "ftp://win",
        "Prize shop.example",
        "see bit.ly/xyz",
        "prize.shop",
        "PRIZE.XYZ",
        "prize\uff0ecom",
        "prize\u3002com",
        "prize\u200b.com",
        "http\u00ad://prize",
        "mailto:prize",
    ],
)
def test_a_name_with_a_link_is_refused(name):
    assert "link" in form(first_name=name).errors["first_name"][0]
    assert "link" in form(last_name=name).errors["last_name"][0]


@pytest.mark.parametrize(
    "name",
    [
        "J.de Vries",
        "St.John",
        "O'Neill-Müller",
        "李小龍",
        "Dr. h.c. Ada",
        "Dr.med.dent. Ada",
        "Dipl.-Ing.Ada",
        "J.P.Morgan",
        "Ali\u200cReza",
        "<b>Bob</b>",
    ],
)
def test_an_unusual_name_is_a_name(name):
    assert form(first_name=name).valid("first_name") == name


def test_a_name_has_at_most_a_thousand_characters():
    assert form(first_name="x" * 1000).is_valid()
    assert "1,000" in form(first_name="x" * 1001).errors["first_name"][0]


def test_a_name_stays_on_one_line():
    assert form(first_name="Carla\r\nBcc:  all").valid("first_name") == "Carla Bcc: all"


@pytest.mark.parametrize("gender", ["", "male", "female", "other"])
def test_the_genders_of_awork_are_taken(gender):
    assert form(gender=gender).valid("gender") == gender


def test_another_gender_than_awork_knows_is_refused():
    assert "gender" in form(gender="robot").errors


def test_a_role_may_be_an_id_or_a_name():
    assert form(role="Kreative & Entwickler").is_valid()


def test_an_overlong_role_is_refused():
    assert form(role="x" * 1001).errors["role"] == ["Choose one of the roles shown."]


@pytest.mark.parametrize(
    ("posted", "kept"), [(None, True), ("", True), ("on", True), ("off", False), ("0", False)]
)
def test_the_team_is_kept_unless_switched_off(posted, kept):
    assert form(keep_assignees=posted).valid("keep_assignees") is kept


def test_the_box_wins_over_the_off_in_front_of_it():
    data = QueryDict("keep_assignees=off&keep_assignees=on")
    assert InviteForm(data).valid("keep_assignees") is True


def test_a_fresh_form_has_a_key_of_its_own():
    data = QueryDict("email=carla@creative.example&key=stolen")
    one, other = InviteForm.fresh(data), InviteForm.fresh(data)
    assert one.valid("key") != other.valid("key")
    assert one.valid("email") == "carla@creative.example"


def test_what_is_wrong_is_not_known():
    assert form(email="carla@").valid("email") is None


@pytest.mark.parametrize(("pasted", "right"), [row[1:] for row in rows("paste") if row[0] == "email"])
def test_what_people_paste_becomes_the_address(pasted, right):
    filled = form(email=pasted, first_name="", last_name="")
    address, *names = right.split("; ")

    assert filled.valid("email") == (None if right == "refused" else address)
    named = dict(name.split(" ", 1) for name in names)
    assert filled.valid("first_name") == named.get("first_name", "")
    assert filled.valid("last_name") == named.get("last_name", "")


@pytest.mark.parametrize(
    ("pasted", "names"),
    [
        ('"Creative, Carla" <carla@creative.example>', ("Carla", "Creative")),
        ("Carla Maria Creative <carla@creative.example>", ("Carla Maria", "Creative")),
        ("Carla <carla@creative.example>;", ("Carla", "")),
        ("carla@creative.example <carla@creative.example>", ("", "")),
        ("Win at https://win.example <carla@creative.example>", ("", "")),
    ],
)
def test_a_pasted_name_is_split(pasted, names):
    filled = form(email=pasted, first_name="", last_name="")

    assert filled.valid("email") == "carla@creative.example"
    assert (filled.valid("first_name"), filled.valid("last_name")) == names


def test_a_name_that_was_entered_wins_over_a_pasted_one():
    assert form(email="Karla Kreativ <carla@creative.example>").valid("first_name") == "Carla"


@pytest.mark.parametrize("name", ["\u200b", "\u3164 \u2060", "\u00ad"])
def test_a_name_that_shows_nothing_is_none(name):
    assert form(first_name=name).valid("first_name") == ""


@pytest.mark.parametrize("name", ["Dr.De Vries", "Prof.Dr.Eu", "St.At"])
def test_a_title_is_no_link(name):
    assert form(last_name=name).is_valid()
