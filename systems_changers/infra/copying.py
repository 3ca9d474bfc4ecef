"""Copies a whole database into a backup and back, live: everything in it, as it was at one moment.

How each database does it stands in `copying_sqlite` (its own backup API, put in front of the archive) and
`copying_postgresql` (COPY of every table in one snapshot).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from systems_changers.infra.archive import ArchiveReader, ArchiveWriter
from systems_changers.infra.errors import Refused
from systems_changers.infra.text import msg

Build = Callable[[sa.Connection], None]
"""Makes the tables in a connection's transaction."""


class _Way(Protocol):
    """What copying asks of the module of each database. `owner` is the owner's engine."""

    def copy_out(self, owner: sa.Engine, archive: ArchiveWriter, /) -> dict[str, Any]: ...
    def check(self, owner: sa.Engine | None, archive: ArchiveReader, build: Build, scratch: Path, /) -> None: ...
    def put_back(self, owner: sa.Engine, archive: ArchiveReader, build: Build, /) -> None: ...


def copy_out(owner: sa.Engine, archive: ArchiveWriter) -> dict[str, Any]:
    """Copy the database into the archive, before anything else is in it.

    Answers what the manifest says of it: `kind` (sqlite, postgresql), `rows` by table, `revisions` by distribution.
    """
    return {"kind": owner.dialect.name, **_way(owner.dialect.name).copy_out(owner, archive)}


def check(owner: sa.Engine | None, archive: ArchiveReader, build: Build, scratch: Path) -> None:
    """Restore the database to a scratch place, compare every row with what was written, and take it away again.

    `build` is as in `put_back`, and asked only where the tables were others then. `scratch` is a folder with room for
    the copy. Raises Refused (damaged_backup, unknown_table, and for PostgreSQL without its `owner` no_scratch).
    """
    _way(archive.told["database"]["kind"]).check(owner, archive, build, scratch)


def put_back(owner: sa.Engine, archive: ArchiveReader, build: Build) -> None:
    """Make a database what it was at the backup, whatever it holds now, at the backup's revisions; all or nothing.

    `build` makes the tables of those revisions, where they aren't copied themselves. Raises Refused (damaged_backup,
    other_database, unknown_table).
    """
    kind = archive.told["database"]["kind"]
    if kind != owner.dialect.name:
        raise Refused(
            msg("This is a backup of another kind of database (%(kind)s). To move between them, export and import"
                " partners.", kind=kind), code="other_database",
        )  # fmt: skip
    _way(kind).put_back(owner, archive, build)


def drop_code(owner: sa.Engine) -> None:
    """Take away the triggers and views of a copied SQLite file: the kit makes its own anew, and runs no stranger's."""
    if owner.dialect.name != "sqlite":
        return
    with owner.begin() as connection:
        found = connection.exec_driver_sql("SELECT type, name FROM sqlite_schema WHERE type IN ('trigger', 'view')")
        for kind, name in found.all():
            connection.exec_driver_sql(f"DROP {kind} {connection.dialect.identifier_preparer.quote_identifier(name)}")


def _way(kind: str) -> _Way:
    if kind == "postgresql":
        from systems_changers.infra import copying_postgresql  # slow: not loaded beside SQLite

        return copying_postgresql
    from systems_changers.infra import copying_sqlite  # slow: not loaded beside PostgreSQL

    return copying_sqlite
