"""Says what of a backup's rows a database has lost or changed, whatever came between them.

Read apart from the code that restores: the pages of the copied file, or the lines of COPY. Every value counts in every
column that the backup had; what a restore or an upgrade changes on purpose stands in MEANT, with the reason.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from systems_changers.infra import archive
from systems_changers.infra.archive import ArchiveReader
from systems_changers.infra.copying_postgresql import ALIKE
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.revisions import VERSIONS
from systems_changers.infra.settings import Settings

RESTORE, UPGRADE = "restore", "upgrade"
Line = tuple[Any, ...]


@dataclass(frozen=True)
class Meant:
    """What changes on purpose: some columns of a table, or (without columns) which rows there are."""

    table: str
    columns: Collection[str]
    why: str


MEANT: Mapping[str, Collection[Meant]] = {
    RESTORE: (
        Meant("instance", {"id", "updated_at"}, "a restored instance is another one than the one that was copied"),
        Meant("token", (), "links that were sent before are void"),
        Meant("sign_in_session", {"revoked_at"}, "everybody signs in again"),
        Meant("outbox", {"state", "trouble"}, "what waited may have been sent since, so it waits for the operator"),
    ),
    UPGRADE: (
        Meant("known_plugin", {"title", "release", "tables", "personal_tables", "state", "version", "updated_at",
                               "updated_by"}, "it says which plugins are installed now"),
        Meant("plugin_fault", (), "what another version of a plugin did wrong is forgotten"),
    ),
}  # fmt: skip
"""A restore upgrades too."""


@dataclass(frozen=True)
class Table:
    """A table's columns and rows, the values as the database writes them."""

    columns: list[str]
    rows: list[Line]

    def seen(self, columns: Collection[str]) -> Counter[Line]:
        """The rows as far as these columns say."""
        places = [self.columns.index(name) for name in columns]
        return Counter(tuple(row[place] for place in places) for row in self.rows)


def tables_in(file: Path, scratch: Path) -> dict[str, Table]:
    """What a backup holds, by table; `scratch` is a folder with room for it."""
    with archive.reading(file) as found:
        if found.told["database"]["kind"] == "sqlite":
            return _pages(found, scratch / "held.db")
        columns = found.told["database"]["tables"]
        return {name: Table(columns[name], _lines(found.bytes(f"data/{name}.copy"))) for name in columns}


def _pages(found: ArchiveReader, place: Path) -> dict[str, Table]:
    found.put_front(place)
    with closing(sqlite3.connect(place)) as copied:
        names = [name for (name,) in copied.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {name: _of_sqlite(copied, name) for name in names if not name.startswith("sqlite_")}


def _of_sqlite(connection: sqlite3.Connection, name: str) -> Table:
    asked = connection.execute(f'SELECT * FROM "{name}"')
    return Table([each[0] for each in asked.description], asked.fetchall())


def _lines(copied: bytes) -> list[Line]:
    return [tuple(line.split(b"\t")) for line in copied.split(b"\n")[:-1]]


def tables_of(settings: Settings) -> dict[str, Table]:
    """What a database holds, by table, past every guard."""
    owner = open_owner_engine(settings.owner_url)
    with owner.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        driver: Any = connection.connection.driver_connection
        if owner.dialect.name == "sqlite":
            found = {name: _of_sqlite(driver, name) for name in names}
        else:
            for statement in ALIKE:
                connection.exec_driver_sql(statement)
            found = {name: _of_postgresql(connection, driver, name) for name in names}
    owner.dispose()
    return found


def _of_postgresql(connection: sa.Connection, driver: Any, name: str) -> Table:
    columns = [each["name"] for each in sa.inspect(connection).get_columns(name)]
    with driver.cursor() as cursor, cursor.copy(f'COPY "{name}" TO STDOUT') as copy:
        return Table(columns, _lines(b"".join(bytes(piece) for piece in copy)))


def losses(before: Mapping[str, Table], after: Mapping[str, Table], *ways: str) -> list[str]:
    """What was there before and isn't any more, one sentence for each table; empty where nothing was lost.

    `ways` name what was done between: RESTORE, UPGRADE.
    """
    meant = {each.table: each.columns for way in ways for each in MEANT[way]}
    return [f"{name}: {sentence}" for name, held in before.items() if not name.startswith(VERSIONS)
            for sentence in _lost(held, after.get(name), meant.get(name))]  # fmt: skip


def _lost(before: Table, after: Table | None, meant: Collection[str] | None) -> Iterator[str]:
    if after is None:
        yield "the table is gone"
        return
    gone = [name for name in before.columns if name not in after.columns]
    if gone:
        yield f"columns are gone: {', '.join(gone)}"
        return
    if meant is not None and not meant:
        return
    same = [name for name in before.columns if name not in (meant or ())]
    lost = before.seen(same) - after.seen(same)
    if lost:
        yield f"{lost.total()} of {len(before.rows)} rows are gone or changed, the first {next(iter(lost))!r}"
