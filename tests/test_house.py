"""Imports only point down, as the README's project layout says. Reads the syntax trees, runs nothing."""

import ast
import re
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
    Rule(("portal.awork",), ("portal.accounts", "portal.web", "django.http")),
    Rule(
        ("portal.awork",),
        ("portal.models", "portal.locks", "django.db"),
        spared=("portal.awork.oauth", "portal.awork.tokens"),  # they store the client id and the tokens
    ),
    Rule(
        ("portal.awork.errors", "portal.awork.schemas"),
        ("httpx", "django.db", "django.http", "portal.models"),
    ),
    Rule(
        (
            *(
                "portal.actor",
                "portal.apps",
                "portal.clock",
                "portal.email_addresses",
                "portal.environment",
                "portal.file_access",
                "portal.locks",
            ),
            *("portal.logging", "portal.models", "portal.roles", "portal.search", "portal.sessions"),
            *("portal.metrics", "portal.readiness", "portal.settings", "portal.signals", "portal.wsgi"),
        ),
        ("portal.awork", "portal.accounts", "portal.web"),
    ),
    Rule(("portal.web",), ("portal.accounts",)),
    Rule(
        ("invites.audit",),
        ("invites", "portal.accounts"),
        open=("invites.audit", "portal.accounts.permissions"),
    ),
    Rule(
        ("invites",),
        ("portal.accounts",),
        open=(
            *("portal.accounts.permissions", "portal.accounts.members", "portal.accounts.membership"),
            "portal.accounts.pending_roles",
        ),
        spared=("invites.demo",),  # signs its people in
    ),
    Rule(("portal", "invites"), ("invites.demo",), spared=("invites.demo",)),
    Rule(
        ("invites.sending",),
        ("invites.views", "invites.forms", "django.http", "django.shortcuts", "django.forms", "portal.web"),
        spared=("invites.sending.erase",),
    ),
    Rule(("invites.sending.erase",), ("portal.web",), open=("portal.web.form_recovery",)),
    Rule(
        ("invites.policy", "invites.lookup"),
        ("invites.views", "invites.sending", "django.http"),
        spared=("invites.policy.form",),
    ),
    Rule(
        ("invites.forms", "invites.filters", "invites.policy.form"),
        ("portal.awork.client", "portal.awork.tokens", "invites.sending"),
    ),
    Rule(
        ("invites.policy.rules", "invites.policy.domains", "invites.policy.describe"),
        ("invites.models", "invites.lookup", "invites.sending", "invites.views", "django.db", "django.http"),
    ),
    Rule(
        ("invites.policy.simulate",),
        ("invites.sending", "invites.views", "portal.awork.client", "django.http"),
    ),
    Rule(("invites.batches",), ("invites.views", "invites.urls", "django.shortcuts", "portal.accounts")),
    Rule(
        (
            *("invites.lookup", "invites.policy", "invites.sending", "invites.models"),
            *("invites.forms", "invites.draft"),
        ),
        ("invites.batches",),
    ),
    Rule(
        ("invites.stream",),
        ("invites.views", "invites.sending", "invites.batches", "django.http", "portal.awork"),
    ),
    Rule(("invites.views",), ("invites.views",)),
    Rule(("invites.models",), ("invites.sending", "invites.views", "invites.forms", "portal.awork.client")),
    Rule(
        ("portal", "invites"),
        ("invites.views", "invites.audit.views", "portal.accounts.views"),
        spared=(
            "invites.urls",
            "invites.views",
            "invites.audit.urls",
            "invites.audit.views",
            "portal.accounts.urls",
            "portal.accounts.views",
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


# They put the packages together, so they may name every one of them.
COMPOSITION = {
    *("portal.settings", "portal.urls", "portal.health", "portal.apps", "portal.accounts.urls"),
    *("invites.urls", "invites.apps", "invites.worker", "invites.event_facts"),
    *("invites.audit.urls", "invites.audit.apps"),
}


def package_of(module: str) -> str:
    return module if FILES[module].name == "__init__.py" else module.rpartition(".")[0]


def imported_modules(module: str) -> set[str]:
    """The project's modules that this one imports, other than itself."""
    names = {one for name in imported_by(module) for one in (name, name.rpartition(".")[0])}
    return {name for name in names if name in FILES} - {module}


def test_no_two_packages_import_each_other():
    pairs = {
        (package_of(module), package_of(name)): f"{module} imports {name}"
        for module in sorted(set(FILES) - COMPOSITION)
        for name in sorted(imported_modules(module))
        if package_of(module) != package_of(name)
    }
    both = [f"{pairs[a, b]}; {pairs[b, a]}" for a, b in sorted(pairs) if a < b and (b, a) in pairs]
    assert both == []


def test_production_code_reads_no_file_of_the_tests():
    named = {
        module: node.value
        for module, path in FILES.items()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.fullmatch(r"(\S*/)?tests(/\S*)?", node.value)
    }
    assert named == {}


def test_an_import_is_found_in_every_form():
    source = """
import httpx, json
from portal.standin import world as other
from . import client
from .errors import Refused
from ..accounts import members
def late():
    from invites.models import Invitation
"""
    assert set(imports(ast.parse(source), "portal.awork.http")) == {
        "httpx",
        "json",
        "portal.standin.world",
        "portal.awork.client",
        "portal.awork.errors.Refused",
        "portal.accounts.members",
        "invites.models.Invitation",
    }


def test_a_relative_import_in_a_package_is_relative_to_it():
    assert set(imports(ast.parse("from . import urls"), "portal", is_package=True)) == {"portal.urls"}


def test_a_rule_notices_what_it_forbids():
    rule = Rule(("invites.audit",), ("invites",), open=("invites.audit",))
    assert rule.broken("invites.audit.record", "invites.models.Invitation")
    assert not rule.broken("invites.audit.record", "invites.audit.models.Event")
    assert not rule.broken("invites.views.invite", "invites.models.Invitation")


def test_outside_the_house_only_the_command_line_and_tests_know_the_stand_in():
    text = (HERE / "manage.py").read_text()
    known = {name for name in imports(ast.parse(text), "manage") if within(name, ("portal",))}
    assert known == {"portal.standin.environment.prepare"}
