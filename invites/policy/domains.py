"""Domains of e-mail addresses: their readable form, and the ASCII form by which they are compared."""

from collections.abc import Iterable

from portal.email_addresses import ascii_domain, normalize_domain, strip_invisible

SUBDOMAINS = "*."  # `*.example.com` is its subdomains, without the domain itself


def normalize(pattern: str) -> str:
    """A domain, or `*.` and a domain, in its readable form; raises `ValueError` for anything else."""
    text = strip_invisible(pattern)
    if text.startswith(SUBDOMAINS):
        return SUBDOMAINS + normalize_domain(f"below.{text[len(SUBDOMAINS) :]}").removeprefix("below.")
    return normalize_domain(text)


def domain_of(email: str) -> str:
    """The domain of an address in its ASCII form; "" where there is no address."""
    return ascii_domain(email.rpartition("@")[2]) if email else ""


class DomainPatterns:
    """Compiled patterns."""

    def __init__(self, patterns: Iterable[str]) -> None:
        exact, below = set(), []
        for pattern in patterns:
            if pattern.startswith(SUBDOMAINS):
                # Asked about with a part before it: a country's domain alone is not a domain of addresses.
                below.append(ascii_domain(f"below.{pattern.removeprefix(SUBDOMAINS)}").removeprefix("below"))
            else:
                exact.add(ascii_domain(pattern))
        self.exact, self.below = frozenset(exact), tuple(below)

    def cover(self, domain: str) -> bool:
        """Whether one of them matches this domain, given in its ASCII form."""
        return domain in self.exact or domain.endswith(self.below)
