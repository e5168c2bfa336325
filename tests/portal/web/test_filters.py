"""What the filter forms of all lists have in common."""

import pytest
from django import forms
from django.http import QueryDict

from portal.web.filters import FilterForm


class Filters(FilterForm):
    url_name = "members"
    parameters = {"since": "from"}

    since = forms.DateField(label="From", required=False)


def test_an_unknown_filter_is_reported_and_the_others_stay_active():
    filters = Filters(QueryDict("from=2026-11-23&size=7"))
    assert filters.problems == ["There is no filter “size”."]
    assert [chip.value for chip in filters.chips] == ["23 Nov 2026 UTC"]


def test_a_value_that_is_none_is_reported_with_its_filter():
    assert Filters(QueryDict("from=soon")).problems == ["From: Enter a valid date."]


@pytest.mark.parametrize("query", ["", "from=", "before=1&after=2", "separator=comma"])
def test_positions_and_empty_filters_are_no_problem(query):
    assert Filters(QueryDict(query)).problems == []


def test_a_long_name_is_shortened():
    assert Filters(QueryDict("x" * 50)).problems == [f"There is no filter “{'x' * 40}”."]
