"""The lines of a list of guests."""

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class Line:
    """One line as it was entered; nothing is looked up or judged.

    `number` is its line in the text or file, from 1. An empty `task` or `role` is the page's own. `problem`
    says why the line can't be read at all.
    """

    number: int
    email: str
    first_name: str = ""
    last_name: str = ""
    gender: str = ""
    task: str = ""
    role: str = ""
    problem: Promise | str = ""
