"""Damaged and forged exports, always the same ones, and what the offline verifier makes of them."""

import json
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from runpy import run_path
from typing import Any

from invites.audit import verify_export
from invites.audit.chain import GENESIS, link
from invites.audit.fields import canonical

PROGRAM = str(Path(verify_export.__file__))
OTHERS = [None, True, 0, -1, 10**30, "", "x", [], {}, [None]]
CHUNKS = ["{", "[", '"', ",", "0", "\\", "\n", "\x00", "é"]


@dataclass(frozen=True)
class Export:
    """The two files that an auditor has, and the public key."""

    lines: list[str]
    checkpoints: list[str]
    key: str


@dataclass(frozen=True)
class Mutant:
    """An export that is not as the desk wrote it, or checkpoints that are not as they were saved."""

    kind: str
    export: bytes
    checkpoints: str


def verify(folder: Path, export: bytes, checkpoints: str, key: str) -> tuple[int, str]:
    """The verifier's exit code and output, from a fresh run in this process; it must not raise."""
    (folder / "export.jsonl").write_bytes(export)
    (folder / "checkpoints.txt").write_text(checkpoints)
    arguments, output = sys.argv, StringIO()
    sys.argv = [PROGRAM, str(folder / "export.jsonl"), str(folder / "checkpoints.txt"), key]
    try:
        with redirect_stdout(output), redirect_stderr(output):
            run_path(PROGRAM, run_name="__main__")
    except SystemExit as ended:
        return int(ended.code or 0), output.getvalue()
    finally:
        sys.argv = arguments
    raise AssertionError("it did not exit")


def table(results: Iterable[tuple[str, int]]) -> str:
    """For each kind of mutant the number of mutants for each exit code."""
    counts: dict[str, Counter[int]] = {}
    for kind, code in results:
        counts.setdefault(kind, Counter())[code] += 1
    rows = [f"{'':34}" + "".join(f"{f'exit {code}':>8}" for code in range(5))]
    for kind, found in counts.items():
        rows.append(f"{kind:34}" + "".join(f"{found[code] or '':>8}" for code in range(5)))
    total = sum((found for found in counts.values()), Counter[int]())
    return "\n".join(
        [*rows, f"{total.total():<34}" + "".join(f"{total[code] or '':>8}" for code in range(5))]
    )


def mutants(export: Export, foreign: list[str]) -> Iterator[Mutant]:
    """All mutants; `foreign` are the checkpoints as somebody with another key would sign them."""
    saved = "\n".join(export.checkpoints)
    whole = "".join(export.lines).encode()
    lines = [*_lines(export.lines), *_forgeries(export.lines), *_values(export.lines)]
    changed = [(kind, "".join(them).encode()) for kind, them in lines]
    for kind, content in [*_bytes(whole), *_encodings(export.lines), *changed]:
        if content != whole:
            yield Mutant(kind, content, saved)
    for kind, checkpoints in _checkpoints(export.checkpoints, foreign):
        yield Mutant(kind, whole, "\n".join(checkpoints))


def _bytes(whole: bytes) -> Iterator[tuple[str, bytes]]:
    dice = random.Random(20261127)
    for _ in range(60):
        place = dice.randrange(len(whole))
        yield (
            "byte changed",
            whole[:place] + bytes([whole[place] ^ 1 << dice.randrange(8)]) + whole[place + 1 :],
        )
    for _ in range(15):
        place = dice.randrange(len(whole))
        yield "byte removed", whole[:place] + whole[place + 1 :]
        yield "text inserted", whole[:place] + dice.choice(CHUNKS).encode() + whole[place:]
        yield "file cut", whole[:place]


def _encodings(lines: list[str]) -> Iterator[tuple[str, bytes]]:
    text = "".join(lines)
    first = json.loads(lines[0])
    spaced = "".join(json.dumps(json.loads(line)) + "\n" for line in lines)
    turned = canonical(first).replace('{"event"', '{"people":[],"event"', 1)
    nested = canonical(first).replace(
        '"details":{', '"details":{"a":' + "[" * 100_000 + "]" * 100_000 + ",", 1
    )
    yield from [
        ("empty file", b""),
        ("empty file", b"\n"),
        ("byte order mark", b"\xef\xbb\xbf" + text.encode()),
        ("UTF-16", text.encode("utf-16")),
        ("Latin-1", text.encode("latin-1", "replace")),
        ("invalid UTF-8", b"\xff" + text.encode()),
        ("invalid UTF-8", text.encode().replace(b"Paula", b"Paul\xc3", 1)),
        ("lone surrogate", text.replace("Paula", "\\ud800", 1).encode()),
        ("CRLF", text.replace("\n", "\r\n").encode()),
        ("CR", text.replace("\n", "\r").encode()),
        ("other spaces", spaced.encode()),
        ("blank line", (lines[0] + "\n" + "".join(lines[1:])).encode()),
        ("no line feed at the end", text[:-1].encode()),
        ("escaped letters", text.replace("Paula", "\\u0050aula", 1).encode()),
        ("key doubled", (turned + "\n" + "".join(lines[1:])).encode()),
        ("deep nesting", ("[" * 100_000 + "\n" + text).encode()),
        ("deep nesting", (nested + "\n" + "".join(lines[1:])).encode()),
    ]
    for key in ("event", "hash", "outcome", "sequence", "workspace", "salt", "count", "filters", "chains"):
        stated = text.index(f'"{key}":')
        yield "key doubled", (text[:stated] + f'"{key}":null,' + text[stated:]).encode()
    for number in ("NaN", "Infinity", "-Infinity", "1.0", "1e0", "-1", "01", "9" * 5000):
        for key in ("sequence", "count"):
            stated = text.index(f'"{key}":') + len(key) + 3
            end = text.index(",", stated)
            yield "odd number", (text[:stated] + number + text[end:]).encode()


def _lines(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    for place in range(len(lines)):
        yield "line removed", lines[:place] + lines[place + 1 :]
        yield "line doubled", [*lines[: place + 1], *lines[place:]]
    for place in range(len(lines) - 1):
        yield "lines swapped", [*lines[:place], lines[place + 1], lines[place], *lines[place + 2 :]]
    yield "lines in reverse", [*lines[-2::-1], lines[-1]]
    for extra in ("{}", "[]", "null", '""', '"event"', '["export"]', '{"export":{}}', "0", "{"):
        yield "line added", [*lines[:1], extra + "\n", *lines[1:]]
        yield "line added", [*lines, extra + "\n"]


def _forgeries(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Footers that claim something else, and chains that were rewritten so that all hashes fit."""
    for name in ("count", "filters", "chains", "time"):
        for other in OTHERS:
            yield "footer forged", _changed(lines, {name: other})
    for name in ("workspace", "sequence", "hash", "checkpoint"):
        for other in (*OTHERS, "1" * 64):
            yield "footer forged", _changed(lines, {}, {name: other})
    yield "footer forged", _changed(lines, {"more": 1})
    yield "footer forged", _changed(lines, {}, {"more": 1})
    for filters in ({"type": "signed-in"}, {"": ""}, {"q": "\x1b[2J"}, ["x"], "x", 1, True):
        yield "filters claimed", _changed(lines, {"filters": filters})
        few = [lines[1], _changed(lines, {"filters": filters, "count": 1})[-1]]
        yield "cut, filters claimed", few
    for place in range(len(lines) - 1):
        yield "chain rewritten", _rewritten(lines, place)


def _changed(lines: list[str], values: dict[str, Any], chain: dict[str, Any] | None = None) -> list[str]:
    summary = json.loads(lines[-1])
    summary["export"] |= values
    if chain:
        summary["export"]["chains"][0] |= chain
    return [*lines[:-1], canonical(summary) + "\n"]


def _rewritten(lines: list[str], place: int) -> list[str]:
    """The event at this place has another outcome, and it and all later ones have fitting hashes."""
    rows = [json.loads(line) for line in lines]
    rows[place]["event"]["outcome"] = "never happened"
    ends = {}
    for row in reversed(rows[:-1]):
        chain = row["event"]["workspace"]
        row["previous"] = ends.get(chain, GENESIS)
        ends[chain] = row["hash"] = link(row["previous"], canonical(row["event"]).encode())
    for one in rows[-1]["export"]["chains"]:
        one["hash"] = ends[one["workspace"]]
    return [canonical(row) + "\n" for row in rows]


def _values(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Another value at each place of an event, and nothing where something has to be."""
    dice = random.Random(20261127)
    place = next(number for number, line in enumerate(lines) if '"salt"' in line)
    for path in _paths(json.loads(lines[place])):
        for other in dice.sample(OTHERS, 3):
            row = json.loads(lines[place])
            holder: Any = row
            for step in path[:-1]:
                holder = holder[step]
            if canonical([holder[path[-1]]]) != canonical([other]):
                holder[path[-1]] = other
                yield "value replaced", [*lines[:place], canonical(row) + "\n", *lines[place + 1 :]]


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inner:
        yield (*path, step)
        yield from _paths(one, (*path, step))


def _checkpoints(lines: list[str], foreign: list[str]) -> Iterator[tuple[str, list[str]]]:
    parts = [line.split(" ") for line in lines]
    for place, line in enumerate(lines):
        others = lines[:place] + lines[place + 1 :]
        yield "checkpoint of another key", [*others, foreign[place]]
        yield "checkpoint signed for another", [*others, " ".join([*parts[place][:-1], parts[place - 1][-1]])]
        for column in range(len(parts[place])):
            changed = [*parts[place]]
            changed[column] = parts[place - 1][column] if place and column != 1 else "x"
            if changed != parts[place]:
                yield "checkpoint changed", [*others, " ".join(changed)]
        yield "checkpoint cut", [*others, line[:-1]]
    yield "all checkpoints removed", []
    yield "checkpoints of one chain removed", [line for line in lines if line.split(" ")[1] == parts[-1][1]]
