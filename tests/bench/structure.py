"""How far one has to walk through the code: files and moves between files of a request, and imports.

    .venv/bin/python -m tests.bench.structure [--files]

Requests run in this process under `sys.setprofile`, each after a warm-up of its kind, so that imports and
what is cached do not count: the second invitation to a task without assignees, the second sign-in of one
person with a new browser. A second row of the invitation is for a task whose two assignees are restored.
Project files are those under `portal/` and `invites/`, without `portal/standin/`.

- **Files**: project files of which at least one function is called.
- **Moves**: each function of the project that begins or ends (generators: is resumed or paused) names its
  file; a move is where two such names in a row differ. So a call into another file and back is two moves,
  however much library code runs in between.
- **Modules**: without migrations and empty files; `portal/standin/` is counted by itself.
- **Imports**: for each module the number of different project modules it imports, wherever in the file;
  `from package import module` counts as the module, `from module import name` as the module.

An earlier measurement, before the layout was changed, gave 47 files and 340 moves for `POST /invite/`, 35
and 157 for sign-in, 127 modules and 3.9 imports, without saying how. Rules and requests were chosen here
to come near: for the same code and SQLite they give 47 and 341, 35 and 158, 128 and 3.93. So compare only
figures of this script with each other. PostgreSQL has a few moves more.
"""

import argparse
import ast
import sys
from collections.abc import Iterator
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

from tests.bench.in_process import Desk, Request, desk

ROOT = Path(__file__).resolve().parents[2]
PACKAGES, STANDIN = ("portal", "invites"), "portal/standin/"


class Walk:
    """The project files that a request goes through, in order."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    def __call__(self, request: Request) -> Any:
        self.steps.clear()
        sys.setprofile(self._note)
        try:
            return request()
        finally:
            sys.setprofile(None)

    def _note(self, frame: FrameType, event: str, _: Any) -> None:
        file = project_file(frame.f_code.co_filename) if event in {"call", "return"} else ""
        if file:
            self.steps.append(file)

    @property
    def files(self) -> list[str]:
        return sorted(set(self.steps))

    @property
    def moves(self) -> int:
        return sum(before != after for before, after in pairwise(self.steps))


@cache
def project_file(name: str) -> str:
    """The path inside the project; empty for all other code."""
    path = Path(name)
    inside = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
    is_ours = inside.startswith(tuple(f"{package}/" for package in PACKAGES))
    return inside if is_ours and not inside.startswith(STANDIN) else ""


def walks(here: Desk) -> Iterator[tuple[str, Walk]]:
    with_team = partial(here.invite, team=True)
    for name, request in (
        ("POST /invite/", here.invite),
        ("... with a team", with_team),
        ("sign-in", here.sign_in),
    ):
        request()
        walk = Walk()
        request(walk)
        yield name, walk


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules() -> dict[str, Path]:
    """All modules by name, without migrations and empty files."""
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return {
        module_name(path): path
        for path in paths
        if "migrations" not in path.parts and path.read_text().strip()
    }


def imported(path: Path) -> Iterator[str]:
    """The full name of everything that a file imports, wherever in it."""
    package = path.parent.relative_to(ROOT).parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def imports(name: str, known: dict[str, Path]) -> set[str]:
    """The project modules that a module imports."""
    found = {
        next((one for one in (target, target.rpartition(".")[0]) if one in known), "")
        for target in imported(known[name])
    }
    return found - {"", name}


def print_modules(*, files: bool) -> None:
    known = modules()
    of_standin = {
        name for name, path in known.items() if path.relative_to(ROOT).as_posix().startswith(STANDIN)
    }
    ours = {name: len(imports(name, known)) for name in known.keys() - of_standin}
    print(f"\nmodules: {len(ours)}, and {len(of_standin)} of the stand-in")
    print(f"project modules imported by each: {sum(ours.values()) / len(ours):.2f}")
    for name, count in sorted(ours.items(), key=lambda one: (-one[1], one[0])) if files else ():
        print(f"    {count:2} {name}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", action="store_true", help="name the files and modules")
    files = parser.parse_args().files
    print("| request         | files | moves |")
    with desk() as here:
        for name, walk in walks(here):
            print(f"| {name:15} | {len(walk.files):5} | {walk.moves:5} |")
            for file in walk.files if files else ():
                print(f"    {walk.steps.count(file):4} {file}")
    print_modules(files=files)


if __name__ == "__main__":
    main()
