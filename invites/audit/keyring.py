"""Whose signatures count: those of AUDIT_KEY's keys, and of retired ones up to their handover."""

from collections.abc import Iterable
from uuid import UUID

from invites.audit import checkpoints, keys
from invites.audit.checkpoints import Statement


class Keyring:
    """The keys of one chain, by its handovers.

    From the newest handover on, each has to lead to a key of AUDIT_KEY, or to one that such a handover
    retired. `invalid` are those that don't, and second handovers of one key.
    """

    def __init__(self, handovers: Iterable[Statement]) -> None:
        self.until: dict[str, int] = {}  # the last event that a retired key signed
        self.invalid: list[Statement] = []
        self.keys = set(keys.own())
        for one in sorted(set(handovers), key=lambda one: one.sequence, reverse=True):
            if one.is_valid and one.successor in self.keys and one.key not in self.until:
                self.until[one.key] = one.sequence
                self.keys.add(one.key)
            else:
                self.invalid.append(one)

    def accepts(self, one: Statement) -> bool:
        """Whether its signature counts."""
        is_known = one.is_valid and one.key in self.keys
        return is_known and one.sequence <= self.until.get(one.key, one.sequence)


def accepted(lines: Iterable[str]) -> list[Statement]:
    """Those lines that are checkpoints or handovers whose signatures count, of any chain."""
    found: dict[UUID, list[Statement]] = {}
    for one in checkpoints.parsed(lines):
        found.setdefault(one.workspace, []).append(one)
    keyrings = {chain: Keyring(filter(Statement.is_handover, them)) for chain, them in found.items()}
    return [one for chain, them in found.items() for one in them if keyrings[chain].accepts(one)]
