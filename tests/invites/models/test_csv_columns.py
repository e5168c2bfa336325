"""The column names of lists for spreadsheets."""

import pytest
from django.conf import settings
from django.utils import translation

from invites import export
from invites.batches import columns
from invites.guests import export as guests
from invites.models.csv_columns import header
from invites.reviews import report


@pytest.mark.parametrize("module", [export, guests, report, columns], ids=lambda module: module.__name__)
@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
def test_every_column_has_a_name_of_its_own(module, language):
    with translation.override(language):
        names = header(module.COLUMNS)
    assert len(set(names)) == len(names)
    assert (names == list(module.COLUMNS)) == (language == "en")


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
def test_a_template_is_read_in_the_language_it_was_made_in(language):
    with translation.override(language):
        names = header(columns.COLUMNS)
    assert columns.read_header(names) == list(columns.COLUMNS)
