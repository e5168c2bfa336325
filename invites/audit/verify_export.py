"""Verifies an export of the audit log without the desk: verify_export.py EXPORT.jsonl [CHECKPOINTS.txt KEY]

Use the CHECKPOINTS.txt and the KEY that you saved yourself. Where the desk's key was replaced, handovers that
the old and the new key signed lead from KEY to the others; they are in the export and among the checkpoints.
Needs Python's package `cryptography`, or OpenSSL 3. Exit codes:
0  complete: every event is there and intact, and each chain was compared with a checkpoint of yours
1  broken: something was changed, added, removed or reordered, or a checkpoint disagrees; reasons are printed
2  not verified: a file cannot be read or is not what it should be, or the arguments are wrong
3  filtered: only what is in the file was checked, and is intact
4  not compared: complete in itself, but a chain without a checkpoint of yours could have been rewritten
5  cannot verify here: nothing on this machine can check signatures, which says nothing about the export
"""

import hashlib
import json
import re
import subprocess
import sys
import tempfile
from base64 import b64decode
from pathlib import Path
from typing import Any

COMPLETE, BROKEN, NOT_VERIFIED, FILTERED, NOT_COMPARED, NOT_HERE = range(6)
WRONG = (OSError, LookupError, TypeError, ValueError, AttributeError, RecursionError)  # of malformed lines
GENESIS = "0" * 64  # the hash before the first event
DER = bytes.fromhex("302a300506032b6570032100")  # precedes the 32 bytes of an Ed25519 key
OPENSSL = "openssl pkeyutl -verify -pubin -keyform DER -inkey key -rawin -in statement -sigfile signature"
CHAIN, HASH, KEY = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", r"[0-9a-f]{64}", r"[A-Za-z0-9+/]{43}="
TIME, NUMBER = r"[0-9]{4}(?:-[0-9]{2}){2}T[0-9]{2}(?::[0-9]{2}){2}\.[0-9]{6}Z", r"[1-9][0-9]{,18}"
SUMMARY = rf'{{"chains":\[.*\],"count":[0-9]+,"filters":{{.*}}(?:,"handovers":\[.*\])?,"time":"{TIME}"}}'
STATED, SIGNATURE = rf"({CHAIN}) (0|{NUMBER}) ({HASH}) ({TIME}) \3 ({KEY})", "([A-Za-z0-9+/]{86}==)"
CHECKPOINT = rf"\A(audit-checkpoint-1 {STATED}) {SIGNATURE}\Z"
HANDOVER = rf"\A(audit-handover-1 {STATED} ({KEY})) {SIGNATURE} {SIGNATURE}\Z"
SAMPLE = (  # a key, and its signature of "r" (RFC 8032)
    "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=",
    "kqAJqfDUyrhyDoILX2QlQKKye1QWUD+Ps3YiI+vbadoIWsHkPhWZbkWPNhPQ8R2MOHsurrQwKu6wDSkWErsMAA==",
)
encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode

Checkpoint = tuple[str, int, str, str]  # chain, number of its last event, its hash, time of the signature
problems: list[str] = []
notes: list[str] = []
saved: dict[tuple[str, int], Checkpoint] = {}  # your checkpoints, by chain and number
signers: list[tuple[str, int, str]] = []  # of all checkpoints: chain, number, key
handovers: set[tuple[str, int, str, str]] = set()  # chain, number of the key's last event, the key, the next
seen: set[tuple[str, int]] = set()  # the events that are there
hashes: dict[tuple[str, int], str] = {}  # stated by one event, and not yet by its neighbour
times: list[str] = []  # of the events, the newest first
gone: set[tuple[str, int, int]] = set()  # people who are not there: chain, number, position
erased: set[tuple[str, int, int]] = set()  # people whose erasure is an event


def expect(good: bool, otherwise: str) -> None:
    problems.extend([] if good else [otherwise])


def text(value: Any, pattern: str) -> str:
    if not re.fullmatch(pattern, value):
        raise ValueError(f"{value[:80]!a} is not what belongs there")
    return str(value)


def sha256(start: Any, value: Any) -> str:
    return hashlib.sha256(bytes.fromhex(text(start, HASH)) + encode(value).encode()).hexdigest()


def by_package(key: str, signature: str, statement: str) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(b64decode(key)).verify(b64decode(signature), statement.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def by_openssl(key: str, signature: str, statement: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "statement").write_text(statement)
        Path(folder, "signature").write_bytes(b64decode(signature))
        Path(folder, "key").write_bytes(DER + b64decode(key))
        return not subprocess.run(OPENSSL.split(), cwd=folder, capture_output=True, check=False).returncode


def works(signs: Any) -> bool:
    try:
        return bool(signs(*SAMPLE, "r") and not signs(*SAMPLE, "s"))
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  it is not here, or is damaged
        return False


signs = next(filter(works, (by_package, by_openssl)), None)  # whether a key signed a statement


def checkpoint(line: str) -> Checkpoint:
    [found] = re.findall(CHECKPOINT, line) or re.findall(HANDOVER, line)
    statement, chain, number, hash, time, *keys = found  # keys, and then the signature of each
    half = len(keys) // 2
    valid = signs and all(signs(*one, statement) for one in zip(keys[:half], keys[half:], strict=True))
    expect(bool(valid), f"the checkpoint at event {number} is not signed by its key")
    signers.append((chain, int(number), keys[0]))
    handovers.update([(chain, int(number), *keys[:half])] if half == 2 else [])
    known = saved.get((chain, int(number)), ("", 0, hash, ""))
    expect(known[2] == hash, f"two checkpoints at event {number} differ")
    return chain, int(number), hash, max(time, known[3])  # when it was last signed


def check_signers(key: str) -> None:
    after, before = {key}, {key}  # the keys to which KEY was handed over, and those from which it was
    for _ in handovers:
        after |= {new for _, _, old, new in handovers if old in after}
        before |= {old for _, _, old, new in handovers if new in before}
    last = {(chain, old): number for chain, number, old, new in handovers if old in after or new in before}
    replaced = {old for _, old in last}
    expect(len(last) == len(handovers), "a handover does not lead to KEY, or a key was handed over twice")
    for chain, number, signer in signers:
        expect(signer in after | before, f"the checkpoint at event {number} is not signed by KEY")
        until = last.get((chain, signer), 0 if signer in replaced else number)
        expect(number <= until, f"the checkpoint at event {number} is signed by a replaced key")


def check(event: dict[str, Any], previous: str, hash: str, people: list[Any]) -> None:
    chain, number = text(event["workspace"], CHAIN), int(text(encode(event["sequence"]), NUMBER))
    expect((chain, number) not in seen, f"event {number} is there twice")
    expect(sha256(previous, event) == text(hash, HASH), f"event {number} was changed")
    signed = saved.get((chain, number), ("", 0, hash, ""))
    expect(signed[2] == hash, f"a checkpoint has another hash for event {number}")
    seen.add((chain, number))
    times.append(text(event["at"], TIME))
    if event["type"] == "audit-key-rotated":
        handover = checkpoint(event["details"]["handover"])
        expect(handover[:3] == (chain, number - 1, previous), f"the handover in event {number} is another's")
    said = event["details"] if event["type"] == "restored" else {}
    before = said["last_after"] if said.get("last_before") == number - 1 else number - 1
    lost = f"Lost by the restore of event {number}: events {before + 1} to {number - 1}: {chain}"
    notes.extend([lost] if before < number - 1 else [])
    for place, stated in ((number, hash), (before, previous)):  # by an event and by the one after it
        other = hashes.pop((chain, place), None)
        hashes.update({} if other else {(chain, place): stated})
        expect(other in {None, stated}, f"event {place + 1} does not follow event {place}")
    found = [None if person is None else sha256(person.pop("salt"), person) for person in people]
    same = [one in {None, stated} for one, stated in zip(found, event["people"], strict=False)]
    expect(all(same) and len(found) == len(event["people"]), f"people of event {number} were changed")
    gone.update((chain, number, position) for position, one in enumerate(found) if not one)
    erased.update((chain, *one) for one in event["details"].get("erased", []) if one[0] < number)


def finish(key: str, export: dict[str, Any]) -> int:
    text(encode(export), SUMMARY)
    at, chains, count = export["time"], export["chains"], export["count"]
    dated = all(at in one["checkpoint"] for one in chains)
    ends = {one["workspace"]: checkpoint(one.pop("checkpoint")) for one in chains}
    for line in export.get("handovers", []):
        checkpoint(line)
    check_signers(key or (signers[0][2] if signers else ""))
    order = sorted(ends.values(), reverse=True)
    signed = [{"workspace": chain, "sequence": number, "hash": hash} for chain, number, hash, _ in order]
    expect(dated and encode(chains) == encode(signed), "the last line differs from the checkpoints in it")
    expect(ends.keys() >= {chain for chain, _ in {*seen, *saved}}, "a chain is missing in the last line")
    expect(len(times) == count, f"{len(times)} events are there, {count} were exported")
    compared = [chain for chain, _ in saved.keys() & seen]
    notes.append(f"{len(times)} events intact; {len(compared)} of your {len(saved)} checkpoints compared")
    for chain, number, _, time in saved.values():  # is it younger than the end, or was the end cut off?
        if chain in ends and number > ends[chain][1]:
            expect(time > ends[chain][3], f"the log was cut before event {number}, which had been signed")
            notes.append(f"Younger than the export, so not compared: checkpoint at {number}, {time}")
    if export["filters"]:
        notes.append(f"Filtered: only what is here was checked. The filters are {export['filters']!a}")
        return FILTERED
    whole = {end[:2]: end[2] for end in order} | {(chain, 0): GENESIS for chain in ends}
    expect(hashes == whole, "no filter was on, and yet events are missing")
    expect(times == sorted(times, reverse=True), "the events are not in the order of the export")
    lost = sorted({number for _, number, _ in gone - erased})
    problems.extend(f"people of event {number} are gone, and no erasure says so" for number in lost)
    for chain, number, _, time in order:
        notes.append(f"Complete to event {number}, signed {time}, {compared.count(chain)} compared: {chain}")
    return COMPLETE if compared and ends.keys() == {*compared} else NOT_COMPARED


def verify(export: str, checkpoints: str = "", key: str = "") -> int:
    if not signs:
        print("Cannot verify here: install Python's package `cryptography` or OpenSSL 3")
        return NOT_HERE
    file, number, last = checkpoints, 0, dict[str, Any]()
    try:
        for number, line in enumerate(Path(file).read_text().splitlines() if file else [], 1):  # noqa: B007
            new = checkpoint(line)
            saved[new[:2]] = new
        file = export
        with Path(file).open("rb") as rows:
            for number, row in enumerate(rows, 1):
                value = json.loads(row, parse_float=int)  # there are no fractions: int() refuses them
                usual = f"{encode(value)}\n".encode() == row  # in another form, a key could be there twice
                expect(usual, f"line {number} is not in the form that the desk writes")
                expect(not last, f"line {number} comes after the last one")
                if not last and {*value} == {"export"}:
                    last = value
                else:
                    check(**value)
        expect(bool(last), "incomplete: the last line, which says what was exported, is missing")
        code = finish(key, **last) if last else BROKEN
    except WRONG as problem:
        print(f"Not verified: line {number} of {file!a}: {type(problem).__name__} {str(problem)!a}")
        return NOT_VERIFIED
    print(*(problems or notes), sep="\n")
    return BROKEN if problems else code


if __name__ == "__main__":
    sys.exit(verify(*sys.argv[1:]) if len(sys.argv) in {2, 4} and all(sys.argv) else print(__doc__) or 2)
