"""No cell of an export is a formula, whatever the names in awork."""

import csv
import re
from dataclasses import replace

import pytest

from invites.models import Invitation
from tests import cases

pytestmark = pytest.mark.django_db
BEGINNINGS = [
    "=",
    "+",
    "-",
    "@",
    "\t=",
    "\r=",
    "\n=",
    ";=",
    "x;@",
    "x\t=",
    "x\r\n+",
    "\uff1d",
    "\uff20",
    '";=',
    "; \uff0b",
    "x\t\u00a0\uff0d",
    'x,"\n"@',
    *(row[0] for row in cases.rows("formulas")),
]
RUNS = re.compile(r'\A[\s"]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]')
SEPARATORS = (",", ";", "\t")


def cells(text, separator):
    """The cells as a spreadsheet with this list separator reads them."""
    rows = csv.reader(text.splitlines(keepends=True), delimiter=separator)
    return [cell for row in rows for cell in row]


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_no_name_becomes_a_formula(standin, enter, form, beginning):
    world, formula = standin.world, f"{beginning}cmd|'/c calc'!A0"
    world.roles.update({key: replace(one, name=formula) for key, one in world.roles.items()})
    world.projects.update({key: replace(one, name=formula) for key, one in world.projects.items()})
    world.tasks.update({key: replace(one, name=formula) for key, one in world.tasks.items()})
    for person in list(world.people.values()):
        world.change(person, first_name=formula, last_name="")
    ada = enter("ada")
    ada.post(
        "/invite/",
        form(first_name=formula.replace("https://evil.example", "link")),  # names with links are refused
        headers={"User-Agent": formula.replace("\n", "").replace("\r", "")},
    )
    assert Invitation.objects.get().state == "sent"

    text = ada.get("/audit/export.csv").getvalue().decode("utf-8-sig")
    assert text.count("cmd|") >= 6  # role, project, task, guest, inviter and User-Agent
    for separator in SEPARATORS:
        assert [cell for cell in cells(text, separator) if RUNS.match(cell)] == []


@pytest.mark.parametrize("search", ["x,;", "x,\t", '=1"', ";=1"])
def test_no_filter_becomes_a_formula(enter, search):
    text = enter("ada").get("/audit/export.csv", {"q": search}).getvalue().decode("utf-8-sig")
    for separator in SEPARATORS:
        assert [cell for cell in cells(text, separator) if RUNS.match(cell)] == []
