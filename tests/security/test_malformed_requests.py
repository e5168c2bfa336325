"""Malformed requests to a real gunicorn: every answer has a request ID and a Content-Security-Policy."""

import re
import socket
from urllib.parse import urlsplit

import httpx
import pytest

from tests import served

pytestmark = pytest.mark.xdist_group("serving")

FORM = "Content-Type: application/x-www-form-urlencoded"
MULTIPART = "Content-Type: multipart/form-data"
PART = '--B\nContent-Disposition: form-data; name="next"\n\n/\n--B--\n'
ENDS_IN_LATIN = "next=/caf\xe9"
CHARSETS = (
    "latin-1",
    "utf-16",
    "utf-7",
    "idna",
    "unicode_escape",
    "nonsense",
    "utf-8; charset=latin-1",
    "\x00",
)

# What comes after the head that every request has; `BODY` is where the body begins.
POSTS = {
    **{f"a form in {name!r}": ([f"{FORM}; charset={name}"], ENDS_IN_LATIN) for name in CHARSETS},
    **{f"parts in {name!r}": ([f"{MULTIPART}; boundary=B; charset={name}"], PART) for name in CHARSETS},
    "parts without a boundary": ([MULTIPART], PART),
    "parts with an invalid boundary": ([f"{MULTIPART}; boundary=\xff"], PART),
    "parts with an endless boundary": ([f"{MULTIPART}; boundary={'B' * 500}"], PART),
    "parts that don't begin": ([f"{MULTIPART}; boundary=B"], "nothing"),
    "parts in an unknown encoding": (
        [f"{MULTIPART}; boundary=B"],
        PART.replace("\n\n", "\nContent-Transfer-Encoding: base64\n\n%%%", 1),
    ),
    "too many fields": ([FORM], "q=1&" * 5000),
    "too many parts": ([f"{MULTIPART}; boundary=B"], PART.removesuffix("--\n").join([""] * 2500) + "--\n"),
    "a form too large": ([FORM], "q=" + "x" * 200_001),
    "a form beyond what is collected": ([FORM], "q=" + "x" * 500_000),
    "no content type": ([], "next=/"),
    "an invalid content type": (["Content-Type: ;;;"], "next=/"),
    "JSON": (["Content-Type: application/json"], "{"),
    "NUL in a form": ([FORM], "next=%00&\x00=\x00"),
    "a form of another method": ([FORM], "next=/"),
}
HEADS = {
    "a Content-Length that is none": "POST /login/ HTTP/1.1\nHost: HOST\nContent-Length: x\n\n",
    "a negative Content-Length": "POST /login/ HTTP/1.1\nHost: HOST\nContent-Length: -1\n\n",
    "an endless Content-Length": f"POST /login/ HTTP/1.1\nHost: HOST\nContent-Length: {'9' * 5000}\n\n",
    "two Content-Lengths": "POST / HTTP/1.1\nHost: HOST\nContent-Length: 1\nContent-Length: 2\n\nxx",
    "chunks": "POST /login/ HTTP/1.1\nHost: HOST\nTransfer-Encoding: chunked\n\n0\n\n",
    "chunks and a Content-Length": (
        "POST /login/ HTTP/1.1\nHost: HOST\nContent-Length: 1\nTransfer-Encoding: chunked\n\n0\n\n"
    ),
    "an unknown transfer encoding": "POST /login/ HTTP/1.1\nHost: HOST\nTransfer-Encoding: smoke\n\n",
    "NUL in the path": "GET /%00/ HTTP/1.1\nHost: HOST\n\n",
    "bytes in the path": "GET /\xff\xfe HTTP/1.1\nHost: HOST\n\n",
    "no UTF-8 in the path": "GET /%ff%c0%80/ HTTP/1.1\nHost: HOST\n\n",
    "a broken escape in the path": "GET /%zz%/ HTTP/1.1\nHost: HOST\n\n",
    "a broken escape in the query": "GET /login/?next=%zz%&%ff=%ff HTTP/1.1\nHost: HOST\n\n",
    "bytes in a cookie": "GET /login/ HTTP/1.1\nHost: HOST\nCookie: sessionid=\xff; zone=%00\n\n",
    "another host": "GET /login/ HTTP/1.1\nHost: evil.example\n\n",
    "a form to another host": (
        f"POST /login/ HTTP/1.1\nHost: evil.example\n{FORM}; charset=latin-1\nContent-Length: 1\n\nx"
    ),
    "a static file of another host": "GET /static/x.css HTTP/1.1\nHost: evil.example\n\n",
    "an invalid host": "GET /login/ HTTP/1.1\nHost: a b\n\n",
    "no host": "GET /login/ HTTP/1.1\n\n",
    "two hosts": "GET /login/ HTTP/1.1\nHost: HOST\nHost: HOST\n\n",
    "an address with a host": "GET http://evil.example/login/ HTTP/1.1\nHost: HOST\n\n",
    "no path": "GET login HTTP/1.1\nHost: HOST\n\n",
    "only an asterisk": "OPTIONS * HTTP/1.1\nHost: HOST\n\n",
    "an endless path": f"GET /{'x' * 20_000} HTTP/1.1\nHost: HOST\n\n",
    "an endless header": f"GET /login/ HTTP/1.1\nHost: HOST\nX-Long: {'x' * 20_000}\n\n",
    "endless headers": "GET /login/ HTTP/1.1\nHost: HOST\n" + f"X-Long: {'x' * 5000}\n" * 20 + "\n",
    "too many headers": "GET /login/ HTTP/1.1\nHost: HOST\n" + "X-Short: x\n" * 300 + "\n",
    "a header without a name": "GET /login/ HTTP/1.1\nHost: HOST\n: x\n\n",
    "NUL in a header": "GET /login/ HTTP/1.1\nHost: HOST\nX-Nul: \x00\n\n",
    "a folded header": "GET /login/ HTTP/1.1\nHost: HOST\nX-Folded: x\n y\n\n",
    "no HTTP": "hello\n\n",
    "another version of HTTP": "GET /login/ HTTP/3.0\nHost: HOST\n\n",
    "an expectation": "GET /login/ HTTP/1.1\nHost: HOST\nExpect: wonders\n\n",
    **{
        f"{method}": f"{method} /login/ HTTP/1.1\nHost: HOST\nContent-Length: 0\n\n"
        for method in (
            "TRACE",
            "PROPFIND",
            "OPTIONS",
            "PUT",
            "DELETE",
            "PATCH",
            "CONNECT",
            "HEAD",
            "get",
            "X!",
        )
    },
}


@pytest.fixture(scope="module")
def portal():
    with served.portal("http://127.0.0.1:9") as address:
        yield address


@pytest.fixture(scope="module")
def token(portal):
    """A CSRF token: its cookie makes Django read forms."""
    return httpx.get(f"{portal}/login/").cookies["csrftoken"]


def answer_to(portal, text):
    """The head of the answer to these bytes."""
    parts = urlsplit(portal)
    text = text.replace("HOST", parts.netloc)
    with socket.create_connection((parts.hostname, parts.port), timeout=15) as client:
        client.sendall(text.encode("latin-1"))
        received = b""
        while b"\r\n\r\n" not in received:
            data = client.recv(65536)
            assert data, f"no answer, but {received!r}"
            received += data
    return received.partition(b"\r\n\r\n")[0].decode("latin-1")


def check(answer):
    """It is an answer with both headers, and no failure of the server."""
    status = int(re.match(r"HTTP/1.1 (\d{3}) ", answer)[1])
    assert status < 500 or status == 501, answer
    assert re.search(r"(?im)^X-Request-ID: [0-9a-f-]{36}\r?$", answer), answer
    assert re.search(r"(?im)^Content-Security-Policy: .*default-src 'none'", answer), answer


@pytest.mark.parametrize(
    "path", ["/login/", "/logout/", "/nowhere/", "/invite/", "/healthz", "/static/x.css"]
)
@pytest.mark.parametrize("kind", POSTS)
def test_every_answer_to_a_malformed_form_has_a_request_id_and_a_policy(portal, token, kind, path):
    lines, body = POSTS[kind]
    body = body.replace("\n", "\r\n")
    method = "PATCH" if kind == "a form of another method" else "POST"
    head = [
        f"{method} {path} HTTP/1.1",
        "Host: HOST",
        f"Origin: {portal}",
        f"Cookie: csrftoken={token}",
        *lines,
        f"Content-Length: {len(body)}",
    ]
    check(answer_to(portal, "\r\n".join([*head, "", body])))


@pytest.mark.parametrize("text", HEADS.values(), ids=HEADS)
def test_every_answer_to_a_malformed_head_has_a_request_id_and_a_policy(portal, text):
    check(answer_to(portal, text.replace("\n", "\r\n")))
