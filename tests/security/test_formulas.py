"""No cell of an export is a formula, whatever the names in awork."""

import csv
import re
from dataclasses import replace

import pytest

from invites.models import Invitation

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
]
RUNS = re.compile(r"\A[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def cells(response, separator):
    """The cells as a spreadsheet with this list separator reads them."""
    text = b"".join(response.streaming_content).decode().removeprefix("\ufeff")
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
        form(first_name=formula),
        headers={"User-Agent": formula.replace("\n", "").replace("\r", "")},
    )
    assert Invitation.objects.get().state == "sent"

    for separator in (",", ";"):
        found = cells(ada.get("/audit/export.csv"), separator)
        assert any("cmd|" in cell for cell in found)
        assert [cell for cell in found if RUNS.match(cell)] == []
