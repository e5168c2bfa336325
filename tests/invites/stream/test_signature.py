"""The vector is made by hand with openssl: printf 'msg_1.1700000000.{}' | openssl dgst -sha256 -hmac key."""

import base64

from invites.stream.signature import headers


def test_the_signature_is_that_of_standard_webhooks():
    secret = "whsec_" + base64.b64encode(b"key").decode()
    assert headers(secret, "msg_1", 1_700_000_000, b"{}") == {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1700000000",
        "webhook-signature": "v1,XaXLFEFQ69Q4+demDWPEv5ydXczDW2mM5crCUEFcFBA=",
    }
