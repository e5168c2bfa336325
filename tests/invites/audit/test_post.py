"""What reaches a URL; `test_target` has what servers answer."""

import pytest

from invites.audit import post
from tests.receiver import receiving


@pytest.mark.parametrize(
    ("url", "path"), [("", "/"), ("?a=1", "/?a=1"), ("/x/?a=1", "/x/?a=1"), ("/a%20b", "/a%20b")]
)
def test_path_and_query_arrive_as_they_were_entered(url, path):
    with receiving() as receiver:
        origin = receiver.url.removesuffix("/keep")
        post.request(f"{origin}{url}", b"body", [], headers={"X-Desk": "1"})
    [(head, body)] = receiver.requests
    assert (head.partition(" HTTP/")[0], body) == (f"POST {path}", "body")
    assert "X-Desk: 1\r\n" in head
    assert "User-Agent: invitation-desk\r\n" in head
