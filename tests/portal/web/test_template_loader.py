"""Templates are loaded without their indentation."""

from django.template.loader import get_template, render_to_string

from portal.web.template_loader import INDENTATION


def test_a_page_has_no_indentation(client):
    page = client.get("/login/").content.decode()
    assert page.count("\n") > 20
    assert INDENTATION.findall(page) == []


def test_what_is_inserted_stays_as_it_was_entered():
    entered = "one\n    two"
    assert entered in render_to_string("guests/_reminder_message.html", {"reminder": {"text": entered}})


def test_templates_of_apps_are_found():
    assert "\n " not in get_template("standin/base.html").template.source
