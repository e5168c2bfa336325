"""What reaches a receiver, and when it counts as accepted."""

import time

import pytest

from invites.stream import post
from invites.stream.post import NotDelivered
from tests.invites.stream.receiver import receiving, store_and_answer_byte_by_byte


@pytest.fixture
def receiver():
    with receiving(lambda handler: (said.append((handler.path, handler.read())), handler.say(202))) as one:
        said = one.said = []
        yield one


@pytest.mark.parametrize(
    ("url", "path"), [("", "/"), ("?a=1", "/?a=1"), ("/x/?a=1", "/x/?a=1"), ("/a%20b", "/a%20b")]
)
def test_path_and_query_arrive_as_they_were_entered(receiver, url, path):
    origin = receiver.url.partition("/events")[0]
    post.post(f"{origin}{url}", b"body", {})
    assert receiver.said == [(path, b"body")]


def test_an_attempt_ends_in_time_however_slow_the_answer(monkeypatch):
    monkeypatch.setattr(post, "TOTAL_SECONDS", 0.2)
    with receiving(lambda handler: store_and_answer_byte_by_byte(handler)) as receiver:
        receiver.store = lambda headers, body: None
        started = time.monotonic()
        with pytest.raises(NotDelivered, match="did not answer in time"):
            post.post(receiver.url, b"", {})
        assert time.monotonic() - started < 0.6


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1:1/", f"https://{'x' * 64}.example/", "http://127.0.0.1:1/\x01"]
)
def test_every_failure_is_told_in_a_few_words(url):
    with pytest.raises(NotDelivered) as problem:
        post.post(url, b"", {})
    assert 5 < len(str(problem.value)) < 60
    assert problem.value.status == 0


def test_a_receiver_without_tls_gets_nothing_that_was_meant_for_https(receiver):
    with pytest.raises(NotDelivered):
        post.post(receiver.url.replace("http:", "https:"), b"", {})
    assert receiver.said == []
