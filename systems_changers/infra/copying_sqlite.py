"""SQLite's database as it is, taken by its own backup API while others read and write.

A copy of the file alone would be torn. The copy stands in front of the archive, so that its pages are written once;
that its bytes are those that were written proves every row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from systems_changers.infra.archive import ArchiveReader, ArchiveWriter, damaged
from systems_changers.infra.errors import Refused
from systems_changers.infra.revisions import VERSIONS
from systems_changers.infra.text import msg

SCRATCH = "checked.db"
MAPPED, SPARING = "PRAGMA mmap_size=2147418112", "PRAGMA cache_size=100"
"""Pages are read once and in order, so a cache of them only costs: with these a copy takes half as long."""


def copy_out(owner: sa.Engine, archive: ArchiveWriter) -> dict[str, Any]:
    """Copy the pages in one go, so that no writer makes it begin again; writers go on meanwhile."""
    with closing(sqlite3.connect(archive.path, isolation_level=None)) as target:
        target.execute("PRAGMA journal_mode=OFF")  # half a copy is thrown away, never rolled back
        target.execute("PRAGMA synchronous=OFF")  # the whole archive is brought to the disk at its end
        target.execute(SPARING)
        with _driver(owner) as source:
            source.execute(MAPPED)
            source.execute(SPARING)
            source.backup(target, pages=-1)
    archive.keep_front()
    with _still(archive.path) as copied:
        return {"rows": _rows(copied), "revisions": _revisions(copied)}


def check(_owner: sa.Engine | None, archive: ArchiveReader, _build: object, scratch: Path) -> None:
    """Copy it out again, compare its bytes, and let SQLite look every page through meanwhile."""
    place = scratch / SCRATCH
    try:
        archive.put_front(place, partial(_check_whole, archive), last=False)
    finally:
        place.unlink(missing_ok=True)


def put_back(owner: sa.Engine, archive: ArchiveReader, _build: object) -> None:
    """Copy the pages into the database, past whoever else is connected: they see the old rows or the new."""
    database = Path(str(owner.url.database))
    place = database.with_name(f".{database.name}.restoring")
    place.unlink(missing_ok=True)
    try:
        archive.put_front(place, partial(_check_whole, archive))
        if not database.exists():
            place.rename(database)
            return
        with _still(place) as copied, _driver(owner) as target:
            copied.backup(target, pages=-1)
    finally:
        place.unlink(missing_ok=True)


def _check_whole(archive: ArchiveReader, place: Path) -> None:
    """Let SQLite look every page of a copy through, and count its rows; raises Refused (damaged_backup)."""
    told = archive.told["database"]
    try:
        with _still(place) as copied:
            pages = copied.execute("PRAGMA quick_check(1)").fetchone()[0]
            same = _rows(copied) == told["rows"] and _revisions(copied) == told["revisions"]
    except sqlite3.DatabaseError as error:
        raise damaged(archive.path) from error
    if pages != "ok" or not same:
        raise damaged(archive.path)


@contextmanager
def _driver(owner: sa.Engine) -> Iterator[sqlite3.Connection]:
    try:
        with owner.connect() as connection:
            driver: Any = connection.connection.driver_connection
            yield driver
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
            raise Refused(msg("There is no room left for the copy of the database."), code="disk_full") from error
        raise


@contextmanager
def _still(file: Path) -> Iterator[sqlite3.Connection]:
    """A file that nobody writes: read as it lies there, without a log beside it."""
    with closing(sqlite3.connect(f"file:{quote(str(file))}?immutable=1", uri=True, isolation_level=None)) as copied:
        copied.execute(MAPPED)
        yield copied


def _tables(copied: sqlite3.Connection) -> list[str]:
    found = copied.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%'"
                           " ESCAPE '\\' ORDER BY name")  # fmt: skip
    return [name for (name,) in found]


def _rows(copied: sqlite3.Connection) -> dict[str, int]:
    counted = sa.select(sa.func.count())
    return {name: copied.execute(str(counted.select_from(sa.table(name)))).fetchone()[0] for name in _tables(copied)}


def _revisions(copied: sqlite3.Connection) -> dict[str, str]:
    units = [name for name in _tables(copied) if name.startswith(VERSIONS)]
    at: sa.Select[Any] = sa.select(sa.column("version_num"))
    found = {name.removeprefix(VERSIONS): copied.execute(str(at.select_from(sa.table(name)))).fetchone()
             for name in units}  # fmt: skip
    return {unit: row[0] for unit, row in found.items() if row is not None}
