"""What the columns say of themselves: what is held about people at a partner, why, on what basis and until when.

Read from the models, the kit's and those of the plugins that are on, so it can't say anything else than what is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

import systems_changers.core.privacy.models  # noqa: F401 - a table that nobody imported would not be declared
from systems_changers.hooks.scope import Scope
from systems_changers.infra.db import Base
from systems_changers.infra.personal import Keep

KIT = ("systems_changers.core.", "systems_changers.infra.")
ORDER = ("people", "cohorts", "sessions", "experiments", "privacy", "operations", "infra")


@dataclass(frozen=True, slots=True)
class Declared:
    """One personal column; `label` and `purpose` are msgids, `plugin` is empty for the kit's own."""

    table: str
    column: str
    label: str
    purpose: str
    basis: str
    condition: str | None
    keep: Keep
    plugin: str = ""


@dataclass(frozen=True, slots=True)
class Activity:
    """What is held for one purpose, on one basis and condition, for the same time."""

    purpose: str
    basis: str
    condition: str | None
    keep: Keep
    plugin: str
    labels: tuple[str, ...]
    tables: tuple[str, ...]


def kits_tables() -> list[sa.Table]:
    """The kit's own tables, people's first."""
    found = [
        (_place(mapper.class_.__module__), mapper.local_table)
        for mapper in Base.registry.mappers
        if mapper.class_.__module__.startswith(KIT) and isinstance(mapper.local_table, sa.Table)
    ]
    return [table for _, table in sorted(found, key=lambda each: (each[0], each[1].name))]


def _place(module: str) -> int:
    names = module.split(".")
    return next((at for at, name in enumerate(ORDER) if name in names), len(ORDER))


def plugin_tables(scope: Scope, plugins: Iterable[str]) -> list[tuple[str, sa.Table]]:
    """The tables of these plugins, by slug, as their manifests name them."""
    manifests = scope.hooks.views.registry.manifests
    known = Base.metadata.tables
    named = [(slug, name) for slug in plugins if slug in manifests for name in sorted(manifests[slug].tables)]
    return [(slug, known[name]) for slug, name in named if name in known]


def declared(scope: Scope) -> list[Declared]:
    """Every personal column of the kit and of the plugins that are on at this partner. No statement."""
    tables = [("", table) for table in kits_tables()]
    tables += plugin_tables(scope, scope.hooks.view.plugins)
    return [each for plugin, table in tables for each in columns_of(table, plugin)]


def columns_of(table: sa.Table, plugin: str = "") -> Iterator[Declared]:
    """A table's personal columns."""
    for column in table.columns:
        said = column.info
        if said.get("personal"):
            label = said.get("label") or column.name.replace("_", " ").capitalize()
            yield Declared(
                table.name,
                column.name,
                label,
                said["purpose"],
                said["basis"],
                said.get("condition"),
                said["keep"],
                plugin,
            )


def activities(scope: Scope) -> list[Activity]:
    """What is held at this partner, purpose by purpose, in the order of the models. No statement."""
    grouped: dict[tuple[str, str, str | None, Keep, str], list[Declared]] = {}
    for each in declared(scope):
        grouped.setdefault((each.purpose, each.basis, each.condition, each.keep, each.plugin), []).append(each)
    return [
        Activity(*key, tuple(dict.fromkeys(each.label for each in held)), tuple(dict.fromkeys(e.table for e in held)))
        for key, held in grouped.items()
    ]
