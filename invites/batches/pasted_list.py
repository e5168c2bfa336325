"""A pasted list of addresses: one a line, or as mail programs copy it."""

import re
from collections.abc import Iterator

from invites.batches.unreadable import check_count, check_length
from portal.web.pasted import QUOTES, Mailbox, SeveralAddresses, parse_mailbox

MAX_PARSED = 500  # characters: longer ones are no address with a name
MAX_SIGNS = 10  # @: more are no address with a name, either
QUOTED = re.compile(r'"[^"]*"|<[^<>]*>')
SEPARATOR = re.compile(r"[,;\t]")
LIST_END = " \t,;"
BRACKETS = re.compile("[<>]")
ADDRESS_LAST = re.compile(r"<[^<>]*@[^<>]*>\W*\Z")  # as in `Creative, Carla <carla@creative.example>`
AROUND = QUOTES + LIST_END + "()[]{}:-\u2013\u2014"


def entries(text: str) -> list[tuple[int, str]]:
    """The line's number and text of each guest.

    Where a line has several, they are numbered in their order, as the number of the line says nothing.
    """
    found = [
        (number, entry)
        for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1)
        for entry in _divide(line)
    ]
    check_count(len(found))
    for number, entry in found:
        check_length(entry, number)
    if len({number for number, _ in found}) < len(found):
        return [(position, entry) for position, (_, entry) in enumerate(found, 1)]
    return found


def _divide(line: str) -> Iterator[str]:
    """The guests in a line: separators count once there is an address in front of them."""
    pieces = list(_pieces(line))
    begin, addresses = 0, []
    for position, piece in enumerate(pieces, 1):
        if "@" in piece:
            addresses.append("".join(pieces[begin:position]))
            begin = position
    rest = "".join(pieces[begin:])
    if len(addresses) == 1:  # what follows is the name
        addresses, rest = [f"{addresses[0]}{rest}"], ""
    for entry in (*addresses, rest):
        if entry.strip(LIST_END):
            yield from _at_blanks(entry.strip(LIST_END))


def _pieces(line: str) -> Iterator[str]:
    """The parts of a line, each with the separator after it; none ends in quotation marks or brackets."""
    closed = [(0, 0), *(found.span() for found in QUOTED.finditer(line))]
    begin = span = 0
    for found in SEPARATOR.finditer(line):
        while span + 1 < len(closed) and closed[span + 1][0] <= found.start():
            span += 1
        if found.start() >= closed[span][1]:
            yield line[begin : found.end()]
            begin = found.end()
    if line[begin:]:
        yield line[begin:]


def _at_blanks(entry: str) -> list[str]:
    """Addresses with nothing but blanks between them."""
    words = entry.split()
    return words if len(words) > 1 and all("@" in word.strip("<>") for word in words) else [entry]


def parse(entry: str) -> tuple[str, str, str]:
    """Address, first and last name; the whole text as the address where it isn't one with a name."""
    if not is_parsable(entry):
        return entry, "", ""
    try:
        mailbox = parse_mailbox(entry)
    except SeveralAddresses:
        return entry, "", ""
    if ADDRESS_LAST.search(entry):
        return mailbox.address, *mailbox.first_and_last_name
    cells = [*_pieces(BRACKETS.sub(" ", entry))]
    names = [name for cell in cells if (name := _without_address(cell))]
    if len(names) > 2:
        return entry, "", ""
    address = next(word.strip(LIST_END) for cell in cells for word in cell.split() if "@" in word)
    first_and_last = names if len(names) == 2 else Mailbox("", "".join(names)).first_and_last_name
    return parse_mailbox(address).address, *first_and_last


def _without_address(piece: str) -> str:
    """The name in a cell that may have the address, too."""
    return " ".join(word for word in piece.split() if "@" not in word).strip(AROUND)


def is_parsable(entry: str) -> bool:
    """Whether the text is short enough to look for an address in it, and has one."""
    return len(entry) <= MAX_PARSED and 0 < entry.count("@") <= MAX_SIGNS
