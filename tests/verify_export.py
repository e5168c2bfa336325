"""Verifies an export of the audit log without the portal: verify_export.py EXPORT.jsonl [CHECKPOINTS.txt KEY]

Use CHECKPOINTS.txt that you kept yourself, and the KEY (base64) that you wrote down on the first day; the
program `openssl` checks the signatures. Ends with 0 where all is well, else with 1 and the reasons."""

import hashlib
import json
import subprocess
import sys
import tempfile
from base64 import b64decode
from pathlib import Path

DER = bytes.fromhex("302a300506032b6570032100")  # stands before the 32 bytes of an Ed25519 key
OPENSSL = "openssl pkeyutl -verify -pubin -keyform DER -inkey key -rawin -in said -sigfile signature"
canonical = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
problems = []


def sha256(start, value):
    return hashlib.sha256(bytes.fromhex(start) + canonical(value).encode()).hexdigest()


def signed(line, key):
    said, signature = line.rsplit(" ", 1)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "said").write_text(said, "utf-8")
        Path(folder, "signature").write_bytes(b64decode(signature))
        Path(folder, "key").write_bytes(DER + b64decode(key))
        return subprocess.run(OPENSSL.split(), cwd=folder, capture_output=True, check=False).returncode == 0


def read_checkpoints(file, key):
    found = {}
    for line in Path(file).read_text("utf-8").splitlines():
        _, workspace, sequence, digest, *_ = line.split(" ")
        if not signed(line, key):
            problems.append(f"the checkpoint at {sequence} is not signed with that key")
        found[workspace, int(sequence)] = digest
    return found


def check(row, newer, checkpoints):
    event, number = row["event"], row["event"]["sequence"]
    if sha256(row["previous"], event) != row["hash"]:
        problems.append(f"event {number} was changed")
    if newer and newer["event"]["sequence"] == number + 1 and newer["previous"] != row["hash"]:
        problems.append(f"event {number + 1} does not follow event {number}")
    if checkpoints.get((event["workspace"], number), row["hash"]) != row["hash"]:
        problems.append(f"a checkpoint gives event {number} another hash")
    for digest, person in zip(event["people"], row["people"], strict=True):
        if person and sha256(person.pop("salt"), person) != digest:
            problems.append(f"the people of event {number} were changed")


def main(rows, checkpoints):
    last, tops, count, about = {}, {}, 0, {"count": "?", "filters": None, "chains": []}
    for row in rows:
        about = row.get("export", about)
        if "event" in row:
            workspace, count = row["event"]["workspace"], count + 1
            tops.setdefault(workspace, row["hash"])
            check(row, last.get(workspace), checkpoints)
            last[workspace] = row
    ends, hashes = ({one["workspace"]: one[name] for one in about["chains"]} for name in ("sequence", "hash"))
    if count != about["count"]:
        problems.append(f"{count} events are there, {about['count']} were exported")
    if about["filters"] == {} and (count, tops) != (sum(ends.values()), hashes):
        problems.append("no filter was on, and yet events are missing")
    for workspace, number in checkpoints:
        if number > ends.get(workspace, 0):
            problems.append(f"a checkpoint covers event {number}, and the log ends before it: it was cut")
    print("\n".join(problems) or f"{count} events as they were written; {len(checkpoints)} checkpoints agree")
    return bool(problems)


if __name__ == "__main__":
    with Path(sys.argv[1]).open(encoding="utf-8") as lines:
        kept = read_checkpoints(*sys.argv[2:]) if sys.argv[2:] else {}
        sys.exit(main(map(json.loads, lines), kept))
