"""What an operator reads when the desk's user can't use a file."""

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from portal.file_access import sqlite_problem, static_files_problem

NOBODY = 65534


@pytest.fixture
def folder():
    """A folder that every user can read."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@contextmanager
def desks_user():
    """As the user of the desk: not as root, whom file modes don't bind."""
    real, effective, saved = os.getresuid()
    if effective == 0:
        os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield os.geteuid()
    finally:
        os.setresuid(real, effective, saved)


def test_a_file_of_sqlite_needs_a_folder(folder):
    assert sqlite_problem(folder / "data" / "desk.sqlite3") == f"there is no folder {folder}/data"
    assert sqlite_problem(folder / "desk.sqlite3") == ""
    assert sqlite_problem(folder) == f"{folder} is a folder"
    assert sqlite_problem(folder / ("d" * 300)) == "file name too long"


def test_the_folder_has_to_be_writable(folder):
    folder.chmod(0o555)
    with desks_user() as user:
        assert sqlite_problem(folder / "desk.sqlite3") == f"user ID {user} can't write to {folder}"


@pytest.mark.parametrize("ending", ["", "-wal", "-shm"])
def test_so_do_the_files_that_another_user_made(folder, ending):
    folder.chmod(0o777)
    for each in ("", "-wal", "-shm"):
        (folder / f"desk.sqlite3{each}").touch(mode=0o444 if each == ending else 0o666)
        (folder / f"desk.sqlite3{each}").chmod(0o444 if each == ending else 0o666)
    with desks_user() as user:
        problem = sqlite_problem(folder / "desk.sqlite3")
    assert problem == f"user ID {user} can't write to {folder}/desk.sqlite3{ending}"


def test_a_relative_file_is_named_in_full(monkeypatch, folder):
    monkeypatch.chdir(folder)
    assert sqlite_problem(Path("data/desk.sqlite3")) == f"there is no folder {folder}/data"
    assert sqlite_problem(Path("desk.sqlite3")) == ""


def test_static_files_have_to_be_collected(folder):
    problem = f"there are no static files in {folder}; run manage.py collectstatic"
    assert static_files_problem(folder) == problem
    (folder / "staticfiles.json").touch()
    assert static_files_problem(folder) == ""
    assert static_files_problem(folder / "none").startswith(f"there are no static files in {folder}/none")


@pytest.mark.parametrize("hidden", ["css", "css/desk.css.gz", "staticfiles.json", "."])
def test_all_of_them_have_to_be_readable(folder, hidden):
    (folder / "css").mkdir(mode=0o755)
    for name in ("css/desk.css", "css/desk.css.gz", "staticfiles.json"):
        (folder / name).touch(mode=0o644)
    (folder / hidden).chmod(0)
    with desks_user() as user:
        assert static_files_problem(folder) == f"user ID {user} can't read {folder / hidden}"
    (folder / hidden).chmod(0o755)
