"""Each fault changes one place, and the module still compiles."""

import ast

import pytest

from tests.mutation.__main__ import CORE, TOP
from tests.mutation.mutants import Maker


def changes(source):
    code = source.encode()
    return [one.applied(code).decode() for one in Maker(code).mutants()]


@pytest.mark.parametrize(
    ("source", "faulty"),
    [
        ("a < b", "(a <= b)"),
        ("a in b", "(a not in b)"),
        ("a and b", "((a) or (b))"),
        ("not a", "(a)"),
        ("a + b", "(a - b)"),
        ("x = True", "x = False"),
        ("x = 5", "x = (5 + 1)"),
        ("a if b else c", "a if (not (b)) else c"),
        ("rows.filter(a)", "rows"),
        ("record()", "pass"),
        ("def f():\n    return x", "def f():\n    return None"),
        ("raise Problem", "pass"),
        ("@transaction.atomic\ndef f(): ...", "@(lambda function: function)\ndef f(): ..."),
        ("x = 'ä' if a < b else c", "x = 'ä' if (a <= b) else c"),
    ],
)
def test_a_fault_is_made(source, faulty):
    assert faulty in changes(source)


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring."""',
        "x: list[1]",
        "def f() -> 5: pass",
        "yield x",
        "@dataclass(frozen=True)\nclass A: ...",
    ],
)
def test_what_does_not_run_is_left_alone(source):
    assert changes(source) == []


def test_every_pattern_of_the_core_names_modules_whose_faults_compile():
    for pattern in CORE:
        modules = list(TOP.glob(pattern))
        assert modules, pattern
        for module in modules:
            source = module.read_bytes()
            for mutant in Maker(source).mutants():
                ast.parse(mutant.applied(source))
