"""The list of guests to fill in."""

import pytest

from invites.batches.lines import read

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("separator", ["comma", "semicolon"])
def test_the_template_is_a_list_that_can_be_read(client, paula, separator):
    answer = client.get("/invite/many/template.csv", {"separator": separator})
    assert "attachment" in answer["Content-Disposition"]
    [line] = read(answer.content.decode())
    assert (line.task, line.email) == ("WEB-12", "carla@creative.example")
