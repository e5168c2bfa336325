"""How many licences people take; awork publishes neither a price nor how many are left."""

from collections.abc import Iterable
from dataclasses import dataclass

GUESTS_PER_LICENCE = 3
FRACTIONS = ("", "⅓", "⅔")


@dataclass(frozen=True)
class Licences:
    """The licences of some people: a guest takes a third, anyone else a whole one."""

    guests: int = 0
    others: int = 0

    def __str__(self) -> str:
        """The number, such as 2⅓."""
        whole, thirds = divmod(self.guests, GUESTS_PER_LICENCE)
        number = whole + self.others
        return f"{number}{FRACTIONS[thirds]}" if number or not thirds else FRACTIONS[thirds]

    def __add__(self, more: "Licences") -> "Licences":
        return Licences(self.guests + more.guests, self.others + more.others)


def licences(people: Iterable[bool]) -> Licences:
    """The licences of people of whom is known whether each is a guest."""
    guests = list(people)
    return Licences(sum(guests), len(guests) - sum(guests))
