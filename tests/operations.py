"""The commands of OPERATIONS.md, and a machine to run them on: this one, with what they write in memory."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
OPERATIONS = (HERE / "OPERATIONS.md").read_text()
COMMAND = re.compile(r"[^\n]+<<END\n(?s:.*?)\nEND$|(?:[^\n]*\\\n)*[^\n]+", re.MULTILINE)
NAMESPACE = ["unshare", "--mount", "--propagation", "private", "sh", "-eu"]
MACHINE = f"""
memory=$(mktemp -d)
mount -t tmpfs tmpfs $memory
writable() {{
    mkdir -p $2 $memory$2/upper $memory$2/work
    mount -t overlay overlay -o lowerdir=$1,upperdir=$memory$2/upper,workdir=$memory$2/work $2
}}
writable /etc /etc
writable /var /var
writable /srv /srv
writable {HERE} /srv/invitation-desk
ln -sfn {sys.prefix} /srv/invitation-desk/.venv
mkdir -p /etc/systemd/system /etc/nginx/conf.d
# The user is root by another name: a real one may be unable to read the Python of these tests.
echo invitation-desk:x:0:0::/var/lib/invitation-desk:/bin/sh >> /etc/passwd
echo invitation-desk:x:0: >> /etc/group
"""


@dataclass(frozen=True)
class Command:
    """A command of a block, with its continuation lines, and the heading that it stands under."""

    section: str
    text: str


def commands() -> Iterator[Command]:
    """The commands of all `sh` blocks, in order."""
    for part in re.split(r"^(?=##+ )", OPERATIONS, flags=re.MULTILINE):
        section = part.partition("\n")[0].strip("# ")
        for indent, block in re.findall(r"^( *)```sh\n(.*?)^ *```$", part, re.MULTILINE | re.DOTALL):
            lines = re.sub(rf"^{indent}", "", block, flags=re.MULTILINE)
            for text in COMMAND.findall(lines):
                yield Command(section, text)


def inline_commands() -> list[str]:
    """What follows `manage.py` in the text, each once."""
    return list(dict.fromkeys(re.findall(r"`manage\.py ([^`]+)`", OPERATIONS)))


def can_have_a_machine() -> bool:
    """Whether this process may make one, which root on Linux may."""
    if not shutil.which("unshare"):
        return False
    return not subprocess.run([*NAMESPACE, "-c", MACHINE], capture_output=True, check=False).returncode


def run(script: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script on a machine of its own, until a command fails."""
    return subprocess.run(
        [*NAMESPACE, "-xc", MACHINE + script],
        cwd="/",
        env={"PATH": f"/usr/sbin:/usr/bin:/sbin:/bin:{sys.base_prefix}/bin", "LANG": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
