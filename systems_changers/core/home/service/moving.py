"""What the file of a partner that moves is called inside, and which tables go into it: said once for both ways."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from systems_changers.hooks.facts import PartnerFacts
from systems_changers.hooks.registry import Registry
from systems_changers.infra.db import Base, partner_tables

PARTNER, ACCOUNTS, MODULES, NAMED = "partner.json", "accounts.jsonl", "modules.jsonl", "partners.jsonl"
ROWS, FILES = "rows/{}.jsonl", "files/{}"
ENTRY = re.compile(r"rows/(?P<table>[a-z][a-z0-9_]*)\.jsonl|files/(?P<file>[0-9a-f]{64})")
SUFFIX = ".scpartner"
TRAIL = ("audit_event", "audit_link")
"""The list of changes and its seals, which hang together."""


@dataclass(frozen=True, slots=True)
class PluginPart:
    """A plugin as a partner's file tells of it: whether it is switched on, its tables, at which revision."""

    slug: str
    title: str
    release: str
    revision: str | None
    tables: tuple[str, ...]
    on: bool


def tables_here(present: Iterable[str]) -> dict[str, sa.Table]:
    """The partner-owned tables that the models know and the database has, by name, parents first."""
    there = set(present)
    return {table.name: table for table in partner_tables(Base.metadata) if table.name in there}


def parts(partner: PartnerFacts, registry: Registry, at: Mapping[str, str], tables: Iterable[str]) -> list[PluginPart]:
    """The loaded plugins that are switched on or have tables here. `at` is the revision of each."""
    names = list(tables)

    def found() -> Iterator[PluginPart]:
        for slug, each in sorted(registry.manifests.items()):
            own = tuple(name for name in names if name.startswith(f"{slug.replace('-', '_')}_"))
            if own or slug in partner.plugins:
                yield PluginPart(slug, each.title, each.version, at.get(slug), own, slug in partner.plugins)

    return list(found())


def columns_to(table: sa.Table, other: str) -> list[sa.Column[Any]]:
    """The columns that point at a table of the kit's own, such as account; the partner's own key is none."""
    return [column for column in table.columns if column.name != "partner_id"
            and any(key.target_fullname == f"{other}.id" for key in column.foreign_keys)]  # fmt: skip


def columns_named(table: sa.Table, names: Sequence[str]) -> list[sa.Column[Any]]:
    """The table's columns with these names; raises KeyError for one that it doesn't have."""
    return [table.columns[name] for name in names]


def table_of(model: type[Base]) -> sa.Table:
    """The table that a model stands for."""
    return Base.metadata.tables[model.__tablename__]
