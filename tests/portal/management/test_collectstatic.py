"""`manage.py collectstatic` into a place that can't be written to."""

import pytest
from django.core.management import CommandError, call_command


def test_it_names_the_setting_and_the_place(settings, tmp_path):
    (tmp_path / "file").touch()
    settings.STATIC_ROOT = str(tmp_path / "file" / "static")
    with pytest.raises(CommandError, match=r"^STATIC_ROOT: .*: .*/file/static"):
        call_command("collectstatic", interactive=False, verbosity=0)
