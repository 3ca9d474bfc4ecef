"""Makes small faults in a module's syntax, one at a time: what a test that asserts values must notice.

Not mutated: annotations, docstrings, decorators, imports, what is logged, the words people read (msg and the like),
what a dataclass or a table declares in its body, what a module makes of other things while it loads, and a plain text
with a name, which means nothing but itself.
"""

from __future__ import annotations

import ast
import copy
import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Function = ast.FunctionDef | ast.AsyncFunctionDef

SWAPPED: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt), ast.And: (ast.Or,), ast.Or: (ast.And,),
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div,), ast.Div: (ast.Mult,), ast.FloorDiv: (ast.Mult,),
    ast.BitOr: (ast.BitAnd,), ast.BitAnd: (ast.BitOr,),
}  # fmt: skip
WORDS = frozenset({"msg", "nmsg", "N_", "log", "cast", "TypeVar"})
"""Calls whose arguments are words for people or for the type checker."""
PLAIN_ERRORS = frozenset({"ValueError", "RuntimeError", "TypeError", "KeyError"})
MADE_OF_VALUES = frozenset({"frozenset", "re.compile", "timedelta"})
UNMUTATED_FIELDS = frozenset({"annotation", "returns", "decorator_list", "targets", "target", "ctx", "format_spec"})
UNMUTATED_NAMES = frozenset({"__all__", "__slots__", "__tablename__"})
UNMUTATED_KEYWORDS = {
    "strict": "zip() fails early or late",
    "synchronize_session": "how the ORM brings what it holds up to date, where nothing of it is held",
    "cache_ok": "whether a statement is compiled once or each time",
}


@dataclass(frozen=True)
class Place:
    """What is put into the running process: a function by its name and line, or a name of a module or class."""

    name: str
    line: int
    node: ast.stmt


@dataclass(frozen=True)
class Mutant:
    """One fault: `new` stands in a field of `parent` instead of what is there."""

    file: str
    place: Place
    lines: range
    parent: ast.AST
    field: str
    index: int | None
    new: ast.AST | None

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The fault in the shared tree, and out of it at the end."""
        held = getattr(self.parent, self.field)
        if self.index is None:
            setattr(self.parent, self.field, self.new)
        else:
            here = [self.new] if self.new is not None else []
            setattr(self.parent, self.field, [*held[: self.index], *here, *held[self.index + 1 :]])
        try:
            yield
        finally:
            setattr(self.parent, self.field, held)

    def difference(self) -> list[str]:
        """The lines that the fault changes, before (-) and after (+), as Python would write them."""
        before = ast.unparse(self.place.node).splitlines()
        with self.applied():
            after = ast.unparse(ast.fix_missing_locations(self.place.node)).splitlines()
        changed = difflib.unified_diff(before, after, n=0, lineterm="")
        return [line[0] + " " + line[1:].strip() for line in changed if line[:3] not in ("---", "+++", "@@ ")]


@dataclass(frozen=True)
class Slot:
    """Where a node hangs: in a field of its parent, in a list or alone."""

    parent: ast.AST
    field: str
    index: int | None
    node: ast.AST


def slots(node: ast.AST) -> Iterator[Slot]:
    """Every place below a node where another hangs."""
    for field, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            yield Slot(node, field, None, value)
        elif isinstance(value, list):
            yield from (Slot(node, field, at, each) for at, each in enumerate(value) if isinstance(each, ast.AST))


def mutants_of(path: Path, root: Path) -> list[Mutant]:
    """Every mutant of a module, in the order of its lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    name = path.relative_to(root).as_posix()
    return [mutant for place in places(tree) for mutant in _in(place, name)]


def places(tree: ast.Module) -> Iterator[Place]:
    """What of a module can be put into a running process."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, Function) or not _declares(node):
                    yield from _place(inner, f"{node.name}.")
        else:
            yield from _place(node, "")


def _declares(node: ast.ClassDef) -> bool:
    """Whether what stands in a class's body is read while it is made, and never again."""
    bases = {ast.unparse(each).rpartition(".")[2] for each in node.bases}
    return bool(node.decorator_list) or not bases <= {"Connection"}


def _place(node: ast.stmt, inside: str) -> Iterator[Place]:
    if isinstance(node, Function):
        first = node.decorator_list[0].lineno if node.decorator_list else node.lineno
        if not any("declared_attr" in ast.unparse(each) for each in node.decorator_list):
            yield Place(inside + node.name, first, node)
    named: ast.expr | None = None
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        named = node.targets[0]
    elif isinstance(node, ast.AnnAssign):
        named = node.target
    value = getattr(node, "value", None)
    if isinstance(named, ast.Name) and value is not None and named.id not in UNMUTATED_NAMES and _means_more(value):
        yield Place(inside + named.id, node.lineno, node)


def _means_more(value: ast.expr) -> bool:
    """Not a plain text with a name, nor what others are made from while modules load: that is not put in any more."""
    if isinstance(value, ast.Call):
        return ast.unparse(value.func) in MADE_OF_VALUES
    return not (isinstance(value, ast.Constant) and isinstance(value.value, str))


def _in(place: Place, file: str) -> Iterator[Mutant]:
    def walk(node: ast.AST, lines: range) -> Iterator[Mutant]:
        for slot in slots(node):
            if _quiet(slot):
                continue
            at = _head(slot.node) if isinstance(slot.node, ast.stmt) else lines
            for new in replacements(slot):
                made = ast.copy_location(new, slot.node) if new is not None else None
                yield Mutant(file, place, at, slot.parent, slot.field, slot.index, made)
            yield from walk(slot.node, at)

    yield from walk(place.node, _head(place.node))


def lines_of(node: ast.stmt) -> range:
    """The lines on which a statement stands."""
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _head(node: ast.stmt) -> range:
    """The lines that run when a statement does; of one that holds others only what stands before them."""
    body: list[ast.stmt] = getattr(node, "body", [])
    return range(node.lineno, max(body[0].lineno, node.lineno + 1)) if body else lines_of(node)


def _quiet(slot: Slot) -> bool:
    """Whether nothing is changed there, nor below."""
    node, parent = slot.node, slot.parent
    if isinstance(node, ast.Expr):
        value = node.value
        return isinstance(value, ast.Constant) or (isinstance(value, ast.Call) and _root(value.func) == "log")
    if isinstance(node, ast.keyword) and node.arg in UNMUTATED_KEYWORDS:
        return True
    if isinstance(parent, ast.Call) and slot.field in ("args", "keywords"):
        return _root(parent.func) in WORDS | PLAIN_ERRORS
    return slot.field in UNMUTATED_FIELDS or isinstance(node, ast.Import | ast.ImportFrom)


def _root(node: ast.expr) -> str:
    """The first word of what is called: `log` of log.info()."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def replacements(slot: Slot) -> Iterator[ast.AST | None]:
    """What may stand in a slot instead; None takes the node out of its list."""
    node = slot.node
    if isinstance(node, ast.stmt):
        yield from _statements(node)
    elif isinstance(node, ast.keyword):
        if node.arg is not None:
            yield None
    elif isinstance(node, ast.expr):
        if slot.field in ("test", "ifs") and not isinstance(node, ast.Compare | ast.BoolOp | ast.UnaryOp):
            yield ast.UnaryOp(ast.Not(), node)
        if _is_condition(slot):
            yield None
        yield from _expressions(node)


def _is_condition(slot: Slot) -> bool:
    """Whether it is one of several conditions of a query."""
    call = slot.parent
    if not isinstance(call, ast.Call) or slot.field != "args" or len(call.args) == 1:
        return False
    return isinstance(call.func, ast.Attribute) and call.func.attr in ("where", "and_", "or_")


def _statements(node: ast.stmt) -> Iterator[ast.AST]:
    gone = ast.Pass()
    if isinstance(node, ast.Expr | ast.Raise | ast.Delete | ast.AugAssign) or _changes_something(node):
        yield gone
    elif isinstance(node, ast.Return):
        if node.value is None:
            yield gone
        elif not isinstance(node.value, ast.Constant):
            yield ast.Return(ast.copy_location(ast.Constant(None), node.value))
    elif isinstance(node, ast.Continue):
        yield ast.Break()
    elif isinstance(node, ast.Break):
        yield ast.Continue()
    elif isinstance(node, ast.With) and not any(item.optional_vars for item in node.items):
        yield ast.If(ast.copy_location(ast.Constant(True), node), node.body, [])


def _changes_something(node: ast.stmt) -> bool:
    """Whether it sets an attribute or an item; a name that is not set only breaks the next line."""
    targets = node.targets if isinstance(node, ast.Assign) else []
    return any(isinstance(each, ast.Attribute | ast.Subscript) for each in targets)


def _expressions(node: ast.expr) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare | ast.BoolOp | ast.BinOp):
        yield from _operators(node)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    elif isinstance(node, ast.Constant):
        yield from (ast.Constant(value) for value in _values(node.value))
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "where":
        yield node.func.value


def _operators(node: ast.Compare | ast.BoolOp | ast.BinOp) -> Iterator[ast.AST]:
    op = node.ops[0] if isinstance(node, ast.Compare) else node.op
    for other in SWAPPED.get(type(op), ()):
        made: Any = copy.copy(node)
        if isinstance(node, ast.Compare):
            made.ops = [other(), *node.ops[1:]]
        else:
            made.op = other()
        yield made


def _values(value: object) -> Iterator[bool | float | str | bytes]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield value + 1
        yield value - 1
    elif isinstance(value, str):
        yield "" if value else "XX"
    elif isinstance(value, bytes):
        yield b"" if value else b"XX"
