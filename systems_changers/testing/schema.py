"""Reads a schema as a reviewer would: partners' keys, foreign keys, and what every column says of people.

The rules hold for the kit's tables and for a plugin's; a plugin's also carry its prefix and only hang on the core.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec

import sqlalchemy as sa

import systems_changers.core
from systems_changers.infra import subjects
from systems_changers.infra.db import BY_ACCOUNT, Base, is_partner_table
from systems_changers.infra.personal import problems

KEYED_BY_HASH = frozenset({"partner_module", "partner_translation"})
TO_GLOBAL = frozenset({"CASCADE", "RESTRICT", "SET NULL"})
TO_PARTNER_OWNED = frozenset({"CASCADE", "RESTRICT"})


def import_core() -> None:
    """Import every model of the kit: a foreign key names its table, and means nothing until that one is there too."""
    import_module("systems_changers.infra.jobs")
    for each in pkgutil.iter_modules(systems_changers.core.__path__):
        models = f"systems_changers.core.{each.name}.models"
        if find_spec(models) is not None:
            import_module(models)


def tables_of(package: str) -> list[sa.Table]:
    """The tables whose models are declared in a package that has been imported, the package's name included."""
    inside = (package, f"{package}.")
    return [
        mapper.local_table
        for mapper in sorted(Base.registry.mappers, key=lambda each: each.class_.__tablename__)
        if isinstance(mapper.local_table, sa.Table)
        and (mapper.class_.__module__ == inside[0] or mapper.class_.__module__.startswith(inside[1]))
    ]


def table_problems(tables: Iterable[sa.Table], *, plugin: str | None = None) -> list[str]:
    """What is wrong with the tables, one sentence each; empty where all is well.

    `plugin` is the slug of the plugin whose tables these are; None for the kit's own.
    """
    import_core()
    return [f"{table.name}: {problem}" for table in tables for problem in _of_table(table, plugin)]


def _of_table(table: sa.Table, plugin: str | None) -> Iterator[str]:
    if is_partner_table(table):
        yield from _key(table)
        yield from _uniques(table)
        yield from _indexes(table)
    elif "partner_id" in table.columns:
        yield "partner_id stands outside the primary key; call a mere reference partner_ref"
    yield from _foreign_keys(table)
    yield from _columns(table)
    yield from subjects.subject_problems(table)
    if plugin is not None:
        yield from _of_plugin(table, plugin.replace("-", "_"))


def _key(table: sa.Table) -> Iterator[str]:
    wanted = ["partner_id", "hash" if table.name in KEYED_BY_HASH else "id"]
    names = [column.name for column in table.primary_key]
    if names != wanted:
        yield f"the primary key is ({', '.join(names)}), it should be ({', '.join(wanted)})"
    if not any(
        _targets(key) == {"partner"} for key in table.foreign_key_constraints if key.column_keys == ["partner_id"]
    ):
        yield "partner_id doesn't refer to the partner"


def _uniques(table: sa.Table) -> Iterator[str]:
    for constraint in table.constraints:
        if isinstance(constraint, sa.UniqueConstraint):
            names = [column.name for column in constraint.columns]
            if names[:1] != ["partner_id"]:
                yield f"unique ({', '.join(names)}) doesn't begin with partner_id"
            if "deleted_at" in table.columns:
                yield f"unique ({', '.join(names)}) counts deleted rows; use unique_live"


def _indexes(table: sa.Table) -> Iterator[str]:
    for index in sorted(table.indexes, key=lambda each: each.name or ""):
        names = [getattr(each, "name", str(each)) for each in index.expressions]
        if table.info.get(BY_ACCOUNT) and names == ["account_id"] and not index.unique:
            continue  # an account lists its own rows at every partner
        if names[:1] != ["partner_id"]:
            yield f"index {index.name} doesn't begin with partner_id"
        if index.unique and "deleted_at" in table.columns and index.dialect_options["sqlite"]["where"] is None:
            yield f"index {index.name} counts deleted rows; use unique_live"


def _targets(key: sa.ForeignKeyConstraint) -> set[str]:
    return {element.column.table.name for element in key.elements}


def _foreign_keys(table: sa.Table) -> Iterator[str]:
    for key in sorted(table.foreign_key_constraints, key=lambda each: list(each.column_keys)):
        name = f"foreign key ({', '.join(key.column_keys)})"
        if not is_partner_table(key.referred_table):
            if len(key.column_keys) != 1:
                yield f"{name} to a global table has more than one column"
            if key.ondelete not in TO_GLOBAL:
                yield f"{name} says ON DELETE {key.ondelete or 'nothing'}"
            continue
        if not is_partner_table(table):
            yield f"{name} of a global table points at {key.referred_table.name}, which belongs to partners"
            continue
        if key.column_keys[0] != "partner_id" or key.elements[0].column.name != "partner_id":
            yield f"{name} doesn't begin with partner_id"
        if key.ondelete not in TO_PARTNER_OWNED:
            yield f"{name} says ON DELETE {key.ondelete or 'nothing'}, it may only say CASCADE or RESTRICT"


def _columns(table: sa.Table) -> Iterator[str]:
    for column in table.columns:
        if not isinstance(column.info.get("personal"), bool):
            yield f"column {column.name} doesn't say whether it is personal"
        yield from map(str, problems(column))


def _of_plugin(table: sa.Table, prefix: str) -> Iterator[str]:
    if not is_partner_table(table):
        yield "a plugin's rows are a partner's: the key begins with partner_id"
    if not table.name.startswith(f"{prefix}_"):
        yield f"its name doesn't begin with {prefix}_"
    for key in table.foreign_key_constraints:
        to_core = not key.referred_table.name.startswith(f"{prefix}_")
        if to_core and key.ondelete != "CASCADE":
            name = ", ".join(key.column_keys)
            yield f"foreign key ({name}) to the core says {key.ondelete or 'nothing'}, not CASCADE"
