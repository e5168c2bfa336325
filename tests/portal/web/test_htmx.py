"""One URL answers with the page or with its fragment."""

import pytest
from django_htmx.middleware import HtmxDetails

from portal.web.htmx import render_page, wants_fragment

PART = {"HTTP_HX_REQUEST": "true"}
BOOSTED = PART | {"HTTP_HX_BOOSTED": "true"}
RESTORED = PART | {"HTTP_HX_HISTORY_RESTORE_REQUEST": "true"}


@pytest.fixture
def request_(rf):
    def make(**headers):
        request = rf.get("/", **headers)
        request.htmx = HtmxDetails(request)
        return request

    return make


@pytest.mark.parametrize(
    ("headers", "wanted"), [({}, False), (PART, True), (BOOSTED, False), (RESTORED, False)]
)
def test_only_a_part_that_htmx_swaps_is_a_fragment(request_, headers, wanted):
    assert wants_fragment(request_(**headers)) is wanted


def test_the_fragment_stands_alone(request_):
    context = {"tone": "info", "text": "Only this"}
    part = render_page(request_(**PART), "404.html", context, fragment="_notice.html", status=422)

    assert part.status_code == 422
    assert "Only this" in part.content.decode()
    assert "<html" not in part.content.decode()


@pytest.mark.parametrize("headers", [{}, BOOSTED, RESTORED])
def test_everybody_else_gets_the_whole_page(request_, headers):
    whole = render_page(request_(**headers), "_notice.html", {"text": "All of it"}, fragment="404.html")

    assert "All of it" in whole.content.decode()


def test_without_a_fragment_there_is_only_the_page(request_):
    assert (
        "All of it" in render_page(request_(**PART), "_notice.html", {"text": "All of it"}).content.decode()
    )


def test_caches_keep_both_apart(request_):
    varied = render_page(request_(), "_notice.html", {})["Vary"]

    assert {"HX-Request", "HX-Boosted", "HX-History-Restore-Request"} <= set(varied.split(", "))
