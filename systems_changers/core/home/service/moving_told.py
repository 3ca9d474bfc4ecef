"""Reads what the file of a partner says of itself, and refuses what can't be brought in before a row is written."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.home.service import moving
from systems_changers.hooks.registry import Registry
from systems_changers.infra import revisions
from systems_changers.infra.archive import ArchiveReader, damaged
from systems_changers.infra.errors import Refused
from systems_changers.infra.paths import migrations_dir
from systems_changers.infra.row_moving import key_of
from systems_changers.infra.row_text import Line, lines_in
from systems_changers.infra.text import msg

ALWAYS = frozenset({moving.PARTNER, moving.ACCOUNTS, moving.MODULES, moving.NAMED})


@dataclass(frozen=True, slots=True)
class PartnerFile:
    """A partner's file, opened: whose it is, and what its manifest says."""

    found: ArchiveReader
    id: UUID
    slug: str
    name: str
    made_at: str
    instance: str
    demo: bool
    revision: str
    plugins: tuple[moving.PluginPart, ...]
    domains: tuple[str, ...]
    columns: Mapping[str, list[str]]
    rows: Mapping[str, int]
    files: int
    missing: int

    def lines(self, entry: str) -> Iterator[Line]:
        """An entry's lines; raises Refused (damaged_backup) where they aren't those that were written."""
        try:
            yield from lines_in(self.found.pieces(entry))
        except (ValueError, RecursionError):
            raise damaged(self.found.path) from None

    def rows_of(self, table: sa.Table) -> Iterator[Line]:
        """A table's rows, each of this partner. Raises Refused (damaged_backup, other_partner)."""
        names, key, count = frozenset(self.columns[table.name]), key_of(table).name, 0
        for line in self.lines(moving.ROWS.format(table.name)):
            if not names >= line.keys() or not isinstance(line.get(key), str):
                raise damaged(self.found.path)
            if line.get("partner_id") != str(self.id):
                raise Refused(msg("A row of %(table)s in %(file)s is another partner's: nothing was brought in.",
                                  table=table.name, file=self.found.path.name), code="other_partner")  # fmt: skip
            count += 1
            yield line
        if count != self.rows[table.name]:
            raise damaged(self.found.path)

    def stored(self) -> Iterator[str]:
        """The addresses of the files in it."""
        for name in self.found.entries:
            match = moving.ENTRY.fullmatch(name)
            if match and match["file"]:
                yield match["file"]


def told_by(found: ArchiveReader) -> PartnerFile:
    """What a partner's file says of itself. Raises Refused (damaged_backup) for what can't be, such as a path."""
    said = found.told
    try:
        plugins = tuple(moving.PluginPart(**{**each, "tables": tuple(each["tables"])}) for each in said["plugins"])
        told = PartnerFile(
            found, UUID(said["partner"]["id"]), str(said["partner"]["slug"]), str(said["partner"]["name"]),
            str(said["made_at"]), str(said["instance"]["name"]), said["instance"]["kind"] == "demo",
            str(said["revision"]), plugins,
            tuple(map(str, said["domains"])),
            {str(name): list(map(str, each)) for name, each in said["columns"].items()},
            {str(name): int(each) for name, each in said["rows"].items()}, int(said["files"]), int(said["missing"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError):
        raise damaged(found.path) from None
    _refuse_strange_names(told)
    return told


def _refuse_strange_names(told: PartnerFile) -> None:
    """Every entry is one that is known by its name, and every table that is told of is there."""
    tables = set()
    for name in told.found.entries:
        match = moving.ENTRY.fullmatch(name)
        if match is None and name not in ALWAYS:
            raise damaged(told.found.path)
        if match and match["table"]:
            tables.add(match["table"])
    if tables != told.columns.keys() or tables != told.rows.keys() or not told.found.entries.keys() >= ALWAYS:
        raise damaged(told.found.path)


def partner_line(told: PartnerFile) -> Line:
    """The partner's own row. Raises Refused (damaged_backup) where it isn't that of the manifest."""
    try:
        line = json.loads(told.found.bytes(moving.PARTNER))
        if line["id"] == str(told.id) and isinstance(line["plugins"], list):
            return dict(line)
    except (ValueError, KeyError, TypeError):
        pass
    raise damaged(told.found.path)


# --- whether it fits ---


def fitting(
    told: PartnerFile, registry: Registry, tables: Mapping[str, sa.Table], without: Collection[str]
) -> tuple[list[tuple[sa.Table, list[sa.Column[Any]]]], list[str]]:
    """The tables to bring in with their columns, parents first, and the names of those that are left out.

    Raises Refused: newer_export for tables that a newer version made, plugin_missing, newer_plugin, unknown_table.
    """
    if told.revision not in revisions.known(migrations_dir() / "versions"):
        raise Refused(msg("The file was made by a newer version of the kit: upgrade this instance first."),
                      code="newer_export")  # fmt: skip
    owners = {table: each for each in told.plugins for table in each.tables}
    for each in told.plugins:
        if each.tables and each.slug not in without:
            _refuse_unfit(each, registry, tables)
    left = [name for name in told.columns if name in owners and owners[name].slug in without]
    for name in told.columns.keys() - set(left):
        if name not in tables or not set(tables[name].columns.keys()) >= set(told.columns[name]):
            raise Refused(msg("The file holds the table %(table)s, which nothing that is installed here makes as it is"
                              " there.", table=name), code="unknown_table")  # fmt: skip
    return [(table, _columns(told, table)) for name, table in tables.items()
            if name in told.columns and name not in left], left  # fmt: skip


def _columns(told: PartnerFile, table: sa.Table) -> list[sa.Column[Any]]:
    """The columns that the file has; what came to the table later is filled in by its default."""
    names = told.columns[table.name]
    lacking = [column.name for column in table.columns
               if column.name not in names
               and not (column.nullable or column.default or column.server_default)]  # fmt: skip
    if lacking:
        raise Refused(
            msg("The file is too old: its rows of %(table)s lack %(names)s. Upgrade the instance it was made on, and"
                " export again.", table=table.name, names=", ".join(lacking)), code="older_export",
        )  # fmt: skip
    return moving.columns_named(table, names)


def _refuse_unfit(part: moving.PluginPart, registry: Registry, tables: Mapping[str, sa.Table]) -> None:
    manifest = registry.manifests.get(part.slug)
    if manifest is None or not tables.keys() >= set(part.tables):
        raise Refused(
            msg("%(title)s (%(slug)s %(release)s) has rows in the file, and its tables are not here: install it and run"
                " `systems-changers upgrade`, or leave its rows in the file with --without %(slug)s.",
                title=part.title, slug=part.slug, release=part.release), code="plugin_missing",
        )  # fmt: skip
    if part.revision is not None and part.revision not in revisions.known(manifest.migrations):
        raise Refused(
            msg("The tables of %(title)s in the file are of a newer version (%(release)s) than is installed here:"
                " install that one, or leave its rows in the file with --without %(slug)s.",
                title=part.title, release=part.release, slug=part.slug), code="newer_plugin",
        )  # fmt: skip
