"""The files that house rules look at, read once; a rule takes a Tree, so that a test can plant a wrong one.

A rule returns findings, `path:line sentence`; an empty list means that the house is in order.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

IGNORED = {"__pycache__", "build", "dist", "node_modules"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One text file and where it stands in the tree."""

    root: Path
    path: Path

    @property
    def name(self) -> str:
        """The path from the root, with forward slashes."""
        return self.path.relative_to(self.root).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def syntax(self) -> ast.Module:
        return ast.parse(self.text, self.name)

    def functions(self) -> Iterator[Function]:
        """Every function and method, nested ones too."""
        for node in ast.walk(self.syntax):
            if isinstance(node, Function):
                yield node

    def at(self, node: ast.AST | int, sentence: str) -> str:
        """A finding: where, then what."""
        line = node if isinstance(node, int) else getattr(node, "lineno", 1)
        return f"{self.name}:{line} {sentence}"


@dataclass(frozen=True)
class Tree:
    """A checkout, or a planted piece of one."""

    root: Path

    def files(self, *suffixes: str, below: str = "") -> list[Source]:
        """Every file with one of these endings, in a stable order; `below` is a folder or a file."""
        start = self.root / below
        if start.is_file():
            return [Source(self.root, start)]
        found = (Source(self.root, path) for path in self._walk(start) if path.suffix in suffixes)
        return sorted(found, key=lambda source: source.name)

    def _walk(self, folder: Path) -> Iterator[Path]:
        if not folder.is_dir():
            return
        for path in folder.iterdir():
            if path.name.startswith(".") or path.name in IGNORED:
                continue
            if path.is_dir():
                yield from self._walk(path)
            else:
                yield path

    def python(self, below: str = "") -> list[Source]:
        """Python files, all or in one folder."""
        return self.files(".py", below=below)

    def product(self) -> list[Source]:
        """What is shipped and written by hand: the kit and the plugins, without tests and migrations."""
        return [
            source
            for source in [*self.python("systems_changers"), *self.python("plugins")]
            if "/tests/" not in source.name and "/migrations/" not in source.name
        ]

    def module(self, floor: str) -> list[Source]:
        """A module by its dotted path, whether it is a file or has grown into a package."""
        place = floor.replace(".", "/")
        return [*self.python(f"{place}.py"), *self.python(place)]

    def documents(self) -> list[Source]:
        """README and the pages under docs/."""
        return [*self.files(".md", below="README.md"), *self.files(".md", below="docs")]

    def slices(self) -> list[str]:
        """The names of the core's features."""
        core = self.root / "systems_changers" / "core"
        return sorted(path.name for path in core.glob("*/") if (path / "__init__.py").exists()) if core.is_dir() else []


def in_order(findings: list[str]) -> None:
    """Fail with every finding on a line of its own."""
    if findings:
        pytest.fail("\n".join(findings), pytrace=False)


def called_name(call: ast.Call) -> str:
    """The last word of what is called: `a.b.c()` gives `c`."""
    target = call.func
    if isinstance(target, ast.Attribute):
        return target.attr
    return target.id if isinstance(target, ast.Name) else ""


def imported_modules(node: ast.AST) -> list[str]:
    """The absolute modules that one import statement names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []
