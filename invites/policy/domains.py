"""Domains of e-mail addresses: as people write them, and in the ASCII form in which they are compared."""

from collections.abc import Iterable
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

SUBDOMAINS = "*."  # `*.example.com`: its subdomains, and not itself


def normalize(pattern: str) -> str:
    """A domain, or `*.` and a domain, in its readable form; raises `ValueError` for everything else."""
    text = pattern.strip()
    head, rest = (SUBDOMAINS, text[len(SUBDOMAINS) :]) if text.startswith(SUBDOMAINS) else ("", text)
    if "@" in rest:
        raise ValueError(text)
    below = "below." if head else ""
    found = validate_email(f"name@{below}{rest}", check_deliverability=False)
    return head + str(found.domain).removeprefix(below)


@lru_cache(maxsize=4096)
def ascii_form(domain: str) -> str:
    """The form on the wire: `bücher.example` and `xn--bcher-kva.example` are one domain."""
    try:
        return str(validate_email(f"name@{domain}", check_deliverability=False).ascii_domain)
    except EmailNotValidError:
        return domain.lower()


def domain_of(email: str) -> str:
    """The domain of an address in its ASCII form; "" where there is no address."""
    return ascii_form(email.rpartition("@")[2]) if email else ""


class DomainPatterns:
    """Patterns, ready for many questions."""

    def __init__(self, patterns: Iterable[str]) -> None:
        exact, below = set(), []
        for pattern in patterns:
            if pattern.startswith(SUBDOMAINS):
                # Asked about with a part before it: a country's domain alone is no domain of addresses.
                below.append(ascii_form(f"below.{pattern.removeprefix(SUBDOMAINS)}").removeprefix("below"))
            else:
                exact.add(ascii_form(pattern))
        self.exact, self.below = frozenset(exact), tuple(below)

    def cover(self, domain: str) -> bool:
        """Whether one of them means this domain, given in its ASCII form."""
        return domain in self.exact or domain.endswith(self.below)
