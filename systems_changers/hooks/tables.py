"""Judges a plugin's tables before it is let in: its own prefix, and declared in its manifest.

What isn't declared is neither kept when the plugin goes nor found when somebody asks what is held about her.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable
from pathlib import Path

import sqlalchemy as sa

from systems_changers.hooks.manifest import Manifest
from systems_changers.infra.db import Base
from systems_changers.infra.errors import Refused
from systems_changers.infra.personal import problems
from systems_changers.infra.text import msg

KITS = ("systems_changers.core.", "systems_changers.infra.")


def check_tables(manifest: Manifest, added: Iterable[sa.Table]) -> None:
    """Raise Refused for the first that is wrong of the tables its import `added`, its models' and its migrations'."""
    own = {table.name: table for table in (*added, *_mapped(manifest))}
    prefix = manifest.slug.replace("-", "_") + "_"
    for name in sorted({*own, *_created(manifest.migrations)}):
        if not name.startswith(prefix):
            raise Refused(msg("%(table)s must begin with %(prefix)s.", table=name, prefix=prefix))
        if name not in manifest.tables:
            raise Refused(msg("Its table %(table)s must be listed in `tables`.", table=name))
    for name, table in sorted(own.items()):
        if name not in manifest.personal_tables and any(each.info.get("personal") for each in table.columns):
            why = msg("Its table %(table)s holds personal data and must be listed in `personal_tables`.", table=name)
            raise Refused(why)
        for column in table.columns:
            for what in problems(column):
                raise Refused(msg("Its table %(table)s: %(what)s.", table=name, what=str(what)))


def added_since(before: Collection[str]) -> list[sa.Table]:
    """The tables that are not among those `before`, but for the kit's, which a plugin's import may bring along."""
    core = {mapper.local_table for mapper in Base.registry.mappers if mapper.class_.__module__.startswith(KITS)}
    return [table for name, table in Base.metadata.tables.items() if name not in before and table not in core]


def _mapped(manifest: Manifest) -> Iterable[sa.Table]:
    """The tables of its package's models, which an earlier import may have added."""
    module = manifest.code.partition(":")[0]
    package = (module.rpartition(".")[0] or module) + "."
    for mapper in Base.registry.mappers:
        if f"{mapper.class_.__module__}.".startswith(package) and isinstance(mapper.local_table, sa.Table):
            yield mapper.local_table


def _created(versions: Path) -> set[str]:
    """The tables that are there after its migrations, as far as they name them plainly; a runner looks again."""
    there: set[str] = set()
    for file in sorted(versions.glob("*.py")):
        try:
            code = ast.parse(file.read_text("utf-8"))
        except SyntaxError:
            continue  # told when it is run
        for work in code.body:
            if isinstance(work, ast.FunctionDef) and work.name == "upgrade":
                _follow(work, there)
    return there


def _follow(work: ast.FunctionDef, there: set[str]) -> None:
    for node in ast.walk(work):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            names = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            if node.func.attr == "create_table":
                there.update(names[:1])
            elif node.func.attr in ("drop_table", "rename_table"):
                there.difference_update(names[:1])
                there.update(names[1:2])
