"""Verifies an export of the audit log without the portal: verify_export.py EXPORT.jsonl [CHECKPOINTS.txt KEY]

Use CHECKPOINTS.txt and KEY that you kept yourself; needs `openssl`. Ends with 0, or with 1 and reasons."""

import hashlib
import json
import subprocess
import sys
import tempfile
from base64 import b64decode
from collections import Counter
from pathlib import Path

DER = bytes.fromhex("302a300506032b6570032100")  # stands before the 32 bytes of an Ed25519 key
OPENSSL = "openssl pkeyutl -verify -pubin -keyform DER -inkey key -rawin -in said -sigfile signature"
canonical = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
problems, kept, about, counts, ends, gone, erased = [], {}, None, Counter(), set(), set(), set()


def expect(good, otherwise):
    problems.extend([] if good else [otherwise])


def sha256(start, value):
    return hashlib.sha256(bytes.fromhex(start) + canonical(value).encode()).hexdigest()


def keep(line, key):
    said, signature = line.rsplit(" ", 1)
    _, chain, number, digest, *_ = said.split(" ")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "said").write_text(said, "utf-8")
        Path(folder, "signature").write_bytes(b64decode(signature))
        Path(folder, "key").write_bytes(DER + b64decode(key))
        failed = subprocess.run(OPENSSL.split(), cwd=folder, capture_output=True, check=False).returncode
    expect(not failed, f"the checkpoint at {number} is not signed with that key")
    expect(kept.setdefault((chain, int(number)), digest) == digest, f"two checkpoints at {number} differ")


def check(event, people, previous, hash):
    chain, number = event["workspace"], event["sequence"]
    counts[chain] += 1
    expect(sha256(previous, event) == hash, f"event {number} was changed")
    expect(kept.get((chain, number), hash) == hash, f"a checkpoint gives event {number} another hash")
    # Each hash is told by its event and by the next one, wherever they stand: told once only, it is an end.
    ends.symmetric_difference_update({(chain, number, hash), (chain, number - 1, previous)})
    found = [sha256(person.pop("salt"), person) if person else None for person in people]
    written = [one and digest for one, digest in zip(found, event["people"], strict=False)]
    intact = found == written and len(found) == len(event["people"])
    expect(intact, f"the people of event {number} were changed")
    gone.update((chain, number, place) for place, digest in enumerate(found) if not digest)
    erased.update((chain, *one) for one in event["details"].get("erased", []) if one[0] < number)


def finish(count="?", filters="?", chains=(), **_):
    tops = {one["workspace"]: one["sequence"] for one in chains}
    last = {(one["workspace"], one["sequence"], one["hash"]) for one in chains}
    expect(counts.total() == count, f"{counts.total()} events are there, {count} were exported")
    told_twice = Counter(end[:2] for end in ends) - Counter({end[:2] for end in ends})
    problems.extend(f"event {n + 1} does not follow event {n}" for _, n in told_twice)
    cut = [n for chain, n in kept if n > tops.get(chain, 0)]
    problems.extend(f"the log ends before event {n}: it was cut, or that checkpoint is younger" for n in cut)
    if filters:
        print("Filters were on; what they hide was not looked at:", filters)
    else:
        whole = counts == tops and ends == last | {(chain, 0, "0" * 64) for chain in tops}
        expect(whole, "no filter was on, and yet events are missing")
        lost = sorted(n for _, n, _ in gone - erased)
        problems.extend(f"people of event {n} are gone, and no erasure says so" for n in lost)
    print("\n".join(problems) or f"{count} events as they were written; {len(kept)} checkpoints agree")


if __name__ == "__main__":
    for line in Path(sys.argv[2]).read_text("utf-8").splitlines() if sys.argv[2:] else []:
        keep(line, sys.argv[3])
    with Path(sys.argv[1]).open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            about = check(**row) if "event" in row else row["export"]
    finish(**about or {})
    sys.exit(bool(problems))
