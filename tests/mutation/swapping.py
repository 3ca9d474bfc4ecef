"""Puts a mutant into the running process: functions get other code, names another value, wherever they are held.

A name that another module imported is changed there too; what was made from it while modules loaded is not.
"""

from __future__ import annotations

import ast
import gc
import importlib
import sys
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tests.mutation.mutants import Function, Mutant


class Unfit(Exception):
    """The fault can't be put into this process; nothing has noticed it then."""


def put_in(mutant: Mutant) -> None:
    """Change this process for good; done in a child that ends after its tests. Raises Unfit."""
    module = importlib.import_module(mutant.file.removesuffix(".py").replace("/", "."))
    with mutant.applied():
        node = ast.fix_missing_locations(mutant.place.node)
        if isinstance(node, Function):
            _swap_functions(module, mutant, node)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            _swap_value(module, mutant.place.name, _evaluated(node.value, vars(module)))


def _evaluated(node: ast.expr, names: dict[str, Any]) -> Any:
    return eval(compile(ast.Expression(node), "<mutant>", "eval"), names)


def _swap_value(module: ModuleType, name: str, value: object) -> None:
    owner, _, attribute = name.rpartition(".")
    if owner:
        setattr(getattr(module, owner), attribute, value)
        return
    old = vars(module)[name]
    for each in list(sys.modules.values()):
        if vars(each).get(name) is old:
            setattr(each, name, value)


def _swap_functions(module: ModuleType, mutant: Mutant, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    code = _code_of(module, mutant, node)
    arguments = any(mutant.parent is each for each in ast.walk(node.args))
    for function in _living(module, mutant):
        if function.__code__.co_freevars != code.co_freevars:
            raise Unfit(f"{mutant.file}: {mutant.place.name} has other cells")
        function.__code__ = code
        if arguments:
            names = function.__globals__
            function.__defaults__ = tuple(_evaluated(each, names) for each in node.args.defaults) or None
            function.__kwdefaults__ = {
                argument.arg: _evaluated(each, names)
                for argument, each in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
                if each is not None
            }
    forget = getattr(getattr(module, mutant.place.name, None), "cache_clear", None)
    if forget is not None:
        forget()


def _living(module: ModuleType, mutant: Mutant) -> list[FunctionType]:
    """Every function that runs the place's code: behind decorators, properties and listeners too."""
    found = [
        each
        for each in gc.get_objects()
        if isinstance(each, FunctionType)
        and each.__code__.co_filename == module.__file__
        and each.__code__.co_qualname == mutant.place.name
        and each.__code__.co_firstlineno == mutant.place.line
    ]
    if not found:
        raise Unfit(f"{mutant.file}: no function {mutant.place.name} at line {mutant.place.line}")
    return found


def _code_of(module: ModuleType, mutant: Mutant, node: ast.FunctionDef | ast.AsyncFunctionDef) -> CodeType:
    """The function's new code, with the same cells as before (`super()` needs its class)."""
    free = _living(module, mutant)[0].__code__.co_freevars
    keeps = [ast.If(ast.Constant(False), [ast.Expr(ast.Name(name, ast.Load()))], []) for name in free]
    bare = type(node)(**{**dict(ast.iter_fields(node)), "decorator_list": [], "body": [*node.body, *keeps]})
    inner: ast.stmt = ast.copy_location(bare, node)
    for depth, name in enumerate(reversed(mutant.place.name.split(".")[:-1])):
        inner = ast.ClassDef(name=name, bases=[], keywords=[], body=[inner], decorator_list=[], lineno=depth + 1)
    future = ast.ImportFrom("__future__", [ast.alias("annotations")], 0)
    tree = ast.fix_missing_locations(ast.Module([future, inner], []))
    whole = compile(tree, str(module.__file__), "exec", dont_inherit=True)
    return next(each for each in _codes(whole) if each.co_qualname == mutant.place.name)


def _codes(code: CodeType) -> list[CodeType]:
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    return [code, *(found for each in inner for found in _codes(each))]
