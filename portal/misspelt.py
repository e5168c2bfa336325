"""Finds environment variables whose names are almost those of settings: they would be ignored silently."""

import difflib
from collections.abc import Iterable

CLOSE = 0.85  # similarity as difflib counts it; other programs' usual variables stay below


def misspelt(variables: Iterable[str], settings: Iterable[str]) -> dict[str, str]:
    """The variables that are probably misspelt, each with the setting that was probably meant."""
    known = {variant for name in settings for variant in (name, f"{name}_FILE")}
    found = {}
    for name in sorted(set(variables) - known):
        plain = name.upper().replace("-", "_")
        if close := difflib.get_close_matches(plain, sorted(known), n=1, cutoff=CLOSE):
            found[name] = close[0]
    return found
