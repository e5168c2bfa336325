"""Why this process can't use a file: in half a sentence for the operator, empty if it can."""

import os
from pathlib import Path

SQLITE_FILES = ("", "-wal", "-shm")  # beside each other


def sqlite_problem(file: Path) -> str:
    """Why SQLite can't write to this file. The folder has to be writable too."""
    if not os.access(file.parent, os.F_OK):
        return f"there is no folder {file.parent.absolute()}"
    paths = (file.with_name(file.name + end) for end in SQLITE_FILES)
    try:
        if file.is_dir():
            return f"{file.absolute()} is a folder"
        files = [path for path in paths if path.exists()]
    except OSError as problem:  # such as a name that is too long
        return (problem.strerror or "").lower()
    for path in (file.parent, *files):
        if not os.access(path, os.W_OK | (os.X_OK if path is file.parent else os.R_OK)):
            return f"user ID {os.geteuid()} can't write to {path.absolute()}"
    return ""


def static_files_problem(folder: Path) -> str:
    """Why the collected static files in this folder can't be served."""
    for path in (folder, *folder.rglob("*")):
        if os.access(path, os.F_OK) and not os.access(path, os.R_OK):
            return f"user ID {os.geteuid()} can't read {path}"
    if not os.access(folder / "staticfiles.json", os.F_OK):
        return f"there are no static files in {folder}; run manage.py collectstatic"
    return ""
