"""A token of Ada's, and who uses it."""

from uuid import uuid4

import pytest

from invites.models import ApiToken
from invites.stream import tokens
from tests.invites.conftest import actor


@pytest.fixture
def new_token(ada):
    """`new_token("SIEM", reads_portal=True)`: the token, and its row."""

    def make(purpose="SIEM", *, reads_portal=False):
        key = uuid4()
        text = tokens.create(key, purpose, reads_portal=reads_portal, user=ada, by=actor(ada))
        return text, ApiToken.objects.get(pk=key)

    return make
