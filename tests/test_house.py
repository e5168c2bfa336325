"""The house stands as its map says: imports point down only. Reads the syntax trees, runs nothing."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[1]
PACKAGES = ("portal", "invites")


@dataclass(frozen=True)
class Rule:
    """Modules in `rooms` (but not in `spared`) import nothing from `closed` (but from `open`)."""

    rooms: tuple[str, ...]
    closed: tuple[str, ...]
    open: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{'+'.join(self.rooms)} not from {'+'.join(self.closed)}"

    def broken(self, module: str, imported: str) -> bool:
        return (
            within(module, self.rooms)
            and not within(module, self.spared)
            and within(imported, self.closed)
            and not within(imported, self.open)
        )


RULES = [
    Rule(("portal",), ("invites",)),
    Rule(("portal", "invites"), ("httpx",), spared=("portal.awork",)),
    Rule(("portal", "invites"), ("portal.standin",), spared=("portal.standin",)),
    Rule(("portal.standin",), ("portal", "invites"), open=("portal.standin",)),
    Rule(("portal", "invites"), ("tests",)),
    Rule(("portal.awork",), ("portal.login", "portal.page", "portal.access", "django.http")),
    Rule(("portal.awork.client", "portal.awork.wire", "portal.awork.oauth"), ("portal.models", "django.db")),
    Rule(
        ("portal.awork.errors", "portal.awork.shapes"), ("httpx", "django.db", "django.http", "portal.models")
    ),
    Rule(("portal.models",), ("portal.awork", "portal.login", "portal.page")),
    Rule(("invites.audit",), ("invites", "portal.login"), open=("invites.audit",)),
    Rule(("invites",), ("portal.login",)),
    Rule(
        ("invites.services",),
        ("invites.views", "invites.forms", "django.http", "django.shortcuts", "django.forms", "portal.page"),
    ),
    Rule(("invites.policy", "invites.pickers"), ("invites.views", "invites.services", "django.http")),
    Rule(
        ("invites.forms", "invites.filters", "invites.policy_form"),
        ("portal.awork.client", "portal.awork.tokens", "invites.services"),
    ),
    Rule(
        ("invites.rules", "invites.domains", "invites.terms"),
        (
            "invites.models",
            "invites.pickers",
            "invites.services",
            "invites.views",
            "django.db",
            "django.http",
        ),
    ),
    Rule(("invites.replay",), ("invites.services", "invites.views", "portal.awork.client", "django.http")),
    Rule(("invites.models",), ("invites.services", "invites.views", "invites.forms", "portal.awork.client")),
    Rule(
        ("portal", "invites"),
        ("invites.views", "invites.audit.views", "portal.login.views"),
        spared=(
            "invites.urls",
            "invites.views",
            "invites.audit.urls",
            "invites.audit.views",
            "portal.login.urls",
        ),
    ),
]


def within(module: str, rooms: tuple[str, ...]) -> bool:
    return any(module == room or module.startswith(f"{room}.") for room in rooms)


def name_of(path: Path) -> str:
    parts = path.relative_to(HERE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {name_of(path): path for package in PACKAGES for path in sorted((HERE / package).rglob("*.py"))}


def imports(tree: ast.AST, module: str, *, is_package: bool = False) -> Iterator[str]:
    """The full name of everything that a module imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = (
                module.split(".")[: len(module.split(".")) - node.level + is_package] if node.level else []
            )
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


@cache
def imported_by(module: str) -> set[str]:
    path = FILES[module]
    return set(imports(ast.parse(path.read_text()), module, is_package=path.name == "__init__.py"))


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_imports_point_down(rule):
    broken = [
        f"{module} imports {name}"
        for module in FILES
        for name in sorted(imported_by(module))
        if rule.broken(module, name)
    ]
    assert broken == []


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_every_rule_speaks_of_rooms_that_exist(rule):
    for room in (*rule.rooms, *rule.open, *rule.spared):
        assert any(within(module, (room,)) for module in FILES), room


def test_no_module_imports_itself_by_a_roundabout_way():
    order = TopologicalSorter(
        {
            module: {
                one for name in imported_by(module) for one in (name, name.rpartition(".")[0]) if one in FILES
            }
            - {module}
            for module in FILES
        }
    )
    order.prepare()  # raises CycleError, which names the round


def test_an_import_is_found_in_every_form():
    source = """
import httpx, json
from portal.standin import world as other
from . import client
from .errors import Refused
from ..login import views
def late():
    from invites.models import Invitation
"""
    assert set(imports(ast.parse(source), "portal.awork.wire")) == {
        "httpx",
        "json",
        "portal.standin.world",
        "portal.awork.client",
        "portal.awork.errors.Refused",
        "portal.login.views",
        "invites.models.Invitation",
    }


def test_a_relative_import_in_a_package_is_relative_to_it():
    assert set(imports(ast.parse("from . import page"), "portal", is_package=True)) == {"portal.page"}


def test_a_rule_notices_what_it_forbids():
    rule = Rule(("invites.audit",), ("invites",), open=("invites.audit",))
    assert rule.broken("invites.audit.log", "invites.models.Invitation")
    assert not rule.broken("invites.audit.log", "invites.audit.models.Event")
    assert not rule.broken("invites.views.invite", "invites.models.Invitation")


def test_outside_the_house_only_the_command_line_and_tests_know_the_stand_in():
    text = (HERE / "manage.py").read_text()
    known = {name for name in imports(ast.parse(text), "manage") if within(name, ("portal",))}
    assert known == {"portal.standin.environment.prepare"}
