"""The previous release: its code is taken from this repository's history."""

import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

from tests.served import HERE

VERSION = "0.2.0"
COMMIT = "327148dd17fc7fadf4e91a9be5d28056ad6516fa"
MIGRATIONS = {  # the last of each app
    "portal": "0001_initial",
    "invites": "0001_initial",
    "audit": "0001_initial",
}


class NoHistory(Exception):
    """The repository lacks the commit, as a shallow clone or an archive does; says what git said."""


def extract(folder: Path) -> Path:
    """Write the code of the previous release to this folder. Raises `NoHistory`."""
    try:
        done = subprocess.run(["git", "archive", COMMIT], cwd=HERE, capture_output=True, check=True)
    except FileNotFoundError:
        raise NoHistory("git is not installed") from None
    except subprocess.CalledProcessError as failed:
        raise NoHistory(failed.stderr.decode(errors="replace").strip()) from None
    with tarfile.open(fileobj=BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder
