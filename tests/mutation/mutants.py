"""Makes deliberate faults: one small change to a module's source at a time."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

COMPARE = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
}
ARITHMETIC = {ast.Add: "-", ast.Sub: "+", ast.Mult: "+", ast.FloorDiv: "*", ast.Div: "*", ast.Mod: "*"}
NARROWING = {"filter", "exclude", "select_for_update", "order_by", "casefold", "lower", "strip"}


@dataclass(frozen=True)
class Mutant:
    """Replace the source between two offsets."""

    line: int
    start: int
    end: int
    replacement: str
    original: str

    def applied(self, source: bytes) -> bytes:
        """The module with this fault in it."""
        return source[: self.start] + self.replacement.encode() + source[self.end :]

    def __str__(self) -> str:
        before, after = (" ".join(text.split()) for text in (self.original, self.replacement))
        return f"{before[:60]} → {after[:60]}"


class Maker:
    """All faults of one module."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.starts = [0]
        for line in source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def mutants(self) -> list[Mutant]:
        """In the order of the source, each once."""
        found = {mutant for node in self._nodes(ast.parse(self.source)) for mutant in self._of(node)}
        return sorted(found, key=lambda mutant: (mutant.start, mutant.end, mutant.replacement))

    def _nodes(self, node: ast.AST) -> Iterator[ast.AST]:
        """Everything that runs: no annotations, and no decorators, which `_functiondef` takes away whole."""
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield child
                    yield from self._nodes(child)

    def _of(self, node: ast.AST) -> Iterator[Mutant]:
        make = getattr(self, f"_{type(node).__name__.lower()}", None)
        if make:
            yield from make(node)

    def _compare(self, node: ast.Compare) -> Iterator[Mutant]:
        if len(node.ops) == 1:
            left, right = self._text(node.left), self._text(node.comparators[0])
            yield self._replace(node, f"({left} {COMPARE[type(node.ops[0])]} {right})")

    def _boolop(self, node: ast.BoolOp) -> Iterator[Mutant]:
        other = " or " if isinstance(node.op, ast.And) else " and "
        yield self._replace(node, f"({other.join(f'({self._text(value)})' for value in node.values)})")

    def _unaryop(self, node: ast.UnaryOp) -> Iterator[Mutant]:
        if isinstance(node.op, ast.Not):
            yield self._replace(node, f"({self._text(node.operand)})")

    def _binop(self, node: ast.BinOp) -> Iterator[Mutant]:
        other = ARITHMETIC.get(type(node.op))
        if other and not any(isinstance(side, ast.JoinedStr) for side in (node.left, node.right)):
            yield self._replace(node, f"({self._text(node.left)} {other} {self._text(node.right)})")

    def _constant(self, node: ast.Constant) -> Iterator[Mutant]:
        if isinstance(node.value, bool):
            yield self._replace(node, str(not node.value))
        elif isinstance(node.value, int):
            yield self._replace(node, f"({node.value} + 1)")

    def _if(self, node: ast.If | ast.IfExp) -> Iterator[Mutant]:
        if not isinstance(node.test, ast.Compare) and not isinstance(node.test, ast.UnaryOp):
            yield self._replace(node.test, f"(not ({self._text(node.test)}))")

    _ifexp = _if

    def _expr(self, node: ast.Expr) -> Iterator[Mutant]:
        if not isinstance(node.value, ast.Constant | ast.Yield | ast.YieldFrom):  # a docstring is none
            yield self._replace(node, "pass")

    def _return(self, node: ast.Return) -> Iterator[Mutant]:
        if node.value and self._text(node.value) != "None":
            yield self._replace(node, "return None")

    def _raise(self, node: ast.Raise) -> Iterator[Mutant]:
        yield self._replace(node, "pass")

    def _call(self, node: ast.Call) -> Iterator[Mutant]:
        if isinstance(node.func, ast.Attribute) and node.func.attr in NARROWING:
            yield self._replace(node, self._text(node.func.value))

    def _functiondef(self, node: ast.FunctionDef) -> Iterator[Mutant]:
        for decorator in node.decorator_list:
            if self._text(decorator).startswith("transaction.atomic"):
                yield self._replace(decorator, "(lambda function: function)")

    def _span(self, node: ast.AST) -> tuple[int, int]:
        start, end = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
        return self.starts[start[0] - 1] + start[1], self.starts[end[0] - 1] + end[1]

    def _text(self, node: ast.AST) -> str:
        start, end = self._span(node)
        return self.source[start:end].decode()

    def _replace(self, node: ast.AST, replacement: str) -> Mutant:
        start, end = self._span(node)
        return Mutant(node.lineno, start, end, replacement, self._text(node))
