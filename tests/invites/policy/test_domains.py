"""Domains as people write them, and which addresses they mean."""

import pytest

from invites.policy.domains import DomainPatterns, domain_of, normalize
from portal.email_addresses import ascii_domain


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("example.com", "example.com"),
        ("  Example.COM ", "example.com"),
        ("*.example.com", "*.example.com"),
        ("*.Bücher.example", "*.bücher.example"),
        ("xn--bcher-kva.example", "bücher.example"),
        ("*.\u200bBu\u0308cher.example\u2069", "*.bücher.example"),
        ("*.museum", "*.museum"),
        ("below.example", "below.example"),
    ],
)
def test_a_domain_is_shown_in_its_readable_form(written, read):
    assert normalize(written) == read


@pytest.mark.parametrize(
    "written",
    [
        "",
        "*",
        "*.",
        "example",
        "a@example.com",
        "@example.com",
        "*example.com",
        "*.*.example.com",
        "exa mple.com",
        "http://example.com",
        "example.com/path",
        "example..com",
        "-a.example",
        "127.0.0.1",
        "a" * 300 + ".com",
    ],
)
def test_what_is_no_domain_is_an_error(written):
    with pytest.raises(ValueError):
        normalize(written)


@pytest.mark.parametrize(
    ("email", "domain"),
    [
        ("carla@Creative.example", "creative.example"),
        ("carla@bücher.example", "xn--bcher-kva.example"),
        ('"carla@denied.example"@creative.example', "creative.example"),
        ("", ""),
    ],
)
def test_the_domain_of_an_address(email, domain):
    assert domain_of(email) == domain


def test_what_cannot_be_a_domain_is_compared_as_it_is():
    assert ascii_domain("No Domain") == "no domain"


@pytest.mark.parametrize(
    ("pattern", "domain", "covers"),
    [
        ("example.com", "example.com", True),
        ("example.com", "mail.example.com", False),
        ("example.com", "badexample.com", False),
        ("*.example.com", "mail.example.com", True),
        ("*.example.com", "a.b.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "badexample.com", False),
        ("bücher.example", "xn--bcher-kva.example", True),
        ("xn--bcher-kva.example", "xn--bcher-kva.example", True),
        ("*.bücher.example", "mail.xn--bcher-kva.example", True),
    ],
)
def test_which_domains_a_pattern_covers(pattern, domain, covers):
    assert DomainPatterns(["other.example", pattern]).cover(domain) is covers


def test_no_patterns_cover_nothing():
    assert not DomainPatterns([]).cover("example.com")


@pytest.mark.parametrize("pattern", ["*.рф", "*.xn--p1ai"])
def test_the_domains_of_a_country_can_be_meant_in_either_form(pattern):
    domains = DomainPatterns([pattern])
    assert domains.cover(domain_of("иван@пример.рф"))
    assert not domains.cover(domain_of("ivan@primer.example"))
