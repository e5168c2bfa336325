"""The address bar follows the form, and a link to it opens the same form."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import QueryDict
from django.utils.html import escape

from invites.bookmark import unknown_parameters

pytestmark = pytest.mark.django_db
GUEST = {"email": "carla@creative.example", "first_name": "Carla", "last_name": "Creative"}


def ask(client, target, query, current="/invite/"):
    headers = {
        "HX-Request": "true",
        "HX-Target": target,
        "HX-Current-URL": f"http://testserver{current}",
    }
    return client.get("/invite/", query, headers=headers)


def address(response):
    """The parameters that the address bar gets."""
    return {name: value for name, [value] in parse_qs(urlsplit(response["HX-Replace-Url"]).query).items()}


def test_the_address_names_task_role_and_guest(client, ada, standin):
    role = standin.world.role("member")
    response = ask(
        client, "panel", {"task": str(standin.world.task("WEB-12").id), "role": str(role.id), **GUEST}
    )
    assert address(response) == {"task": "WEB-12", "role": "kreative-entwickler", **GUEST}


def test_opening_that_address_shows_the_same_form(client, ada, standin):
    first = ask(
        client,
        "panel",
        {
            "task": "WEB-12",
            "role": "kreative-entwickler",
            "gender": "female",
            "keep_assignees": "off",
            **GUEST,
        },
    )
    page = client.get(first["HX-Replace-Url"])
    assert address(ask(client, "panel", page.context["form"].data.dict() | {"key": ""})) == address(first)
    assert escape(first["HX-Replace-Url"]) in page.text
    assert standin.count("POST", "/tasks/assignuserbyemail") == 0


def test_what_is_wrong_stays_in_the_address(client, ada):
    response = ask(client, "panel", {"task": "WEB-99", "email": "carla@", "first_name": "www.casino.example"})
    assert (
        address(response).items()
        >= {"task": "WEB-99", "email": "carla@", "first_name": "www.casino.example"}.items()
    )


def test_the_words_of_the_search_are_in_the_address_until_a_task_is_chosen(client, ada):
    searched = ask(client, "task-options", {"q": "copy"}, current="/invite/?role=guest")
    assert address(searched) == {"role": "guest", "q": "copy"}
    panel = ask(client, "panel", {"email": "carla@creative.example"}, current="/invite/?role=guest&q=copy")
    assert address(panel)["q"] == "copy"
    assert "q" not in address(ask(client, "task-part", {"task": "WEB-12"}, current="/invite/?q=copy"))


def test_a_foreign_or_broken_current_address_is_not_followed(client, ada):
    for current in ("http://evil.example/?role=guest", "http://[", ""):
        headers = {"HX-Request": "true", "HX-Target": "task-options", "HX-Current-URL": current}
        assert address(client.get("/invite/", {"q": "copy"}, headers=headers)) == {"q": "copy"}


def test_a_very_long_address_is_left_out(client, ada):
    assert "HX-Replace-Url" not in ask(client, "panel", {"first_name": "ö" * 900})


def test_one_link_is_with_and_one_without_the_guest(client, ada):
    text = client.get("/invite/", {"task": "WEB-12", "role": "guest", **GUEST}).text
    with_guest = 'href="/invite/?task=WEB-12&amp;role=guest&amp;email=carla%40creative.example'
    assert with_guest in text
    assert 'href="/invite/?task=WEB-12&amp;role=guest" data-copy' in " ".join(text.split())


def test_what_is_no_part_of_an_invitation_is_named(client, ada):
    assert unknown_parameters(QueryDict("task=WEB-12&colour=red&q=x")) == ["colour"]
    page = client.get("/invite/?task=WEB-12&colour=red&<b>=1").text
    assert "isn't part of an invitation: colour, &lt;b&gt;" in page
