import base64
import re
import time
from pathlib import Path

import pytest

from invites.stream.signature import headers

OPERATIONS = Path(__file__).parents[3] / "OPERATIONS.md"
SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


@pytest.fixture
def is_ours():
    """The function that OPERATIONS.md gives to receivers."""
    [code] = re.findall(r"```python\n(.*?)```", OPERATIONS.read_text(), flags=re.DOTALL)
    names = {}
    exec(code, names)  # noqa: S102
    return names["is_ours"]


def test_the_signature_is_that_of_standard_webhooks():
    """As `printf 'msg_1.1700000000.{}' | openssl dgst -sha256 -hmac key -binary | base64` says."""
    secret = "whsec_" + base64.b64encode(b"key").decode()
    assert headers(secret, "msg_1", 1_700_000_000, b"{}") == {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1700000000",
        "webhook-signature": "v1,XaXLFEFQ69Q4+demDWPEv5ydXczDW2mM5crCUEFcFBA=",
    }


def test_receivers_verify_it_as_documented(is_ours):
    now = int(time.time())
    signed = headers(SECRET, "msg_1", now, b"{}")
    assert is_ours(SECRET, signed, b"{}")
    assert not is_ours(SECRET, signed, b"{} ")
    assert not is_ours("whsec_" + base64.b64encode(b"x" * 32).decode(), signed, b"{}")
    for name, other in (("webhook-id", "msg_2"), ("webhook-timestamp", str(now - 1))):
        assert not is_ours(SECRET, signed | {name: other}, b"{}")
    assert not is_ours(SECRET, headers(SECRET, "msg_1", now - 301, b"{}"), b"{}")
