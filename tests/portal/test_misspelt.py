"""Variables that are almost settings."""

import pytest

from portal.misspelt import misspelt
from tests import cases

SETTINGS = {
    *("DEBUG", "DEMO", "SECRET_KEY", "PORTAL_URL", "TOKEN_KEYS", "DATABASE_URL", "STATIC_ROOT"),
    *("ALLOWED_HOSTS", "AUDIT_KEY", "AWORK_API_KEY"),
}
USUAL = [name for (name,) in cases.rows("usual_variables")]


def test_usual_variables_are_not_taken_for_settings():
    assert misspelt([*USUAL, *SETTINGS, "SECRET_KEY_FILE"], SETTINGS) == {}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("SECRETKEY", "SECRET_KEY"),
        ("SECRET_KEYS", "SECRET_KEY"),
        ("SECRET_KEY_FLIE", "SECRET_KEY_FILE"),
        ("debug", "DEBUG"),
        ("DATABASE-URL", "DATABASE_URL"),
        ("ALLOWED_HOST", "ALLOWED_HOSTS"),
        ("DATABSE_URL", "DATABASE_URL"),
    ],
)
def test_the_setting_that_was_probably_meant_is_named(name, meant):
    assert misspelt([name, *USUAL], SETTINGS) == {name: meant}
