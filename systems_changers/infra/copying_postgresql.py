"""PostgreSQL's tables, each by COPY in the order of its key, all of them in one snapshot.

The same rows make the same bytes, so a table that was restored is copied out once more and compared by SHA-256. The
owner's engine sees every row, whatever partner it is of. Rows go into tables of the revisions they came from: those
of an older backup are made for it, and brought up to date only once its rows are in them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from systems_changers.infra.archive import ArchiveReader, ArchiveWriter, damaged
from systems_changers.infra.errors import Misconfigured, Refused
from systems_changers.infra.revisions import VERSIONS
from systems_changers.infra.text import msg

SCRATCH = "sc_scratch"
ENTRY = "data/{}.copy"
OTHERS = """
SELECT EXISTS (SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
               WHERE nspname = 'public' AND relkind IN ('r', 'p') AND NOT pg_has_role(relowner, 'MEMBER'))
"""
ALIKE = (
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO'",
    "SET LOCAL IntervalStyle = 'postgres'",
    "SET LOCAL bytea_output = 'hex'",
    "SET LOCAL extra_float_digits = 1",
)


def copy_out(owner: sa.Engine, archive: ArchiveWriter) -> dict[str, Any]:
    """Copy every table of the schema; others read and write meanwhile and are not seen."""
    with owner.connect() as connection:
        connection.execution_options(isolation_level="REPEATABLE READ")
        _say_the_same(connection, "SET TRANSACTION READ ONLY")
        _refuse_strangers(connection)
        tables, rows = _columns(connection), {}
        for table, columns in tables.items():
            archive.add(ENTRY.format(table), _copied(connection, table, columns))
            rows[table] = connection.scalar(sa.select(sa.func.count()).select_from(sa.table(table)))
        return {"rows": rows, "revisions": _revisions(connection), "tables": tables}


def _refuse_strangers(connection: sa.Connection) -> None:
    """Raise Misconfigured for a role that doesn't own the tables: row security would hide rows from it in silence."""
    if connection.exec_driver_sql(OTHERS).scalar():
        raise Misconfigured(msg("A backup needs the owner's role: set owner_database."))


def check(
    owner: sa.Engine | None, archive: ArchiveReader, build: Callable[[sa.Connection], None], _scratch: Path
) -> None:
    """Load each table into an empty one like it was, in a schema that the application can't see, and compare.

    The transaction is rolled back, so that nothing stays. Raises Refused (no_scratch) without an owner's engine.
    """
    if owner is None or owner.dialect.name != "postgresql":
        raise Refused(
            msg("This is a backup of PostgreSQL: give --data for an instance on the server where it may be checked."),
            code="no_scratch",
        )
    with owner.connect() as connection:
        alike = archive.told["database"]["revisions"].items() <= _revisions(connection).items()
        _say_the_same(connection, f"CREATE SCHEMA {SCRATCH}", f"SET LOCAL search_path = {SCRATCH}")
        if alike:
            _load_beside(connection, archive)
        else:
            _make_and_load(connection, archive, build, SCRATCH)
        connection.rollback()


def _load_beside(connection: sa.Connection, archive: ArchiveReader) -> None:
    """Load into copies of the tables that are there, one after the other: nothing has to be made by migrations."""
    for table in archive.told["database"]["tables"]:
        made = f"CREATE TABLE {SCRATCH}.{_q(table)} (LIKE public.{_q(table)} INCLUDING ALL)"
        try:
            connection.exec_driver_sql(made)
        except sa.exc.ProgrammingError:
            raise lacking(table) from None
        _load(connection, table, archive)
        connection.exec_driver_sql(f"DROP TABLE {SCRATCH}.{_q(table)}")


def put_back(owner: sa.Engine, archive: ArchiveReader, build: Callable[[sa.Connection], None]) -> None:
    """Drop what is there, let `build` make the tables as they were, load them and compare; all of it, or nothing."""
    with owner.begin() as connection:
        _say_the_same(connection)
        for table in sa.inspect(connection).get_table_names():
            connection.exec_driver_sql(f"DROP TABLE public.{_q(table)} CASCADE")
        _make_and_load(connection, archive, build, "public")


def _make_and_load(
    connection: sa.Connection, archive: ArchiveReader, build: Callable[[sa.Connection], None], schema: str
) -> None:
    """Let `build` make the tables of the backup's revisions in an empty schema, and load them."""
    build(connection)
    connection.exec_driver_sql(f"SET LOCAL search_path = {schema}")
    here, told = _columns(connection), archive.told["database"]["tables"]
    for table in [*here, *told]:
        if table not in here:
            raise lacking(table)
    for name in _versions(connection):
        connection.execute(sa.delete(sa.table(name)))
    for table in (table for table in here if table in told):
        _load(connection, table, archive)


def _say_the_same(connection: sa.Connection, *before: str) -> None:
    """Let values be written alike wherever they are copied."""
    for statement in (*before, *ALIKE):
        connection.exec_driver_sql(statement)


def lacking(table: str) -> Refused:
    """The refusal of a table that nothing here makes."""
    return Refused(
        msg("The backup holds the table %(table)s, which nothing that is installed here makes: install the plugin that"
            " it belongs to.", table=table), code="unknown_table",
    )  # fmt: skip


def _load(connection: sa.Connection, table: str, archive: ArchiveReader) -> None:
    """Load an entry, and compare what the table then says with what was written."""
    entry, columns = ENTRY.format(table), archive.told["database"]["tables"][table]
    listed = ", ".join(map(_q, columns))
    with _cursor(connection) as cursor, cursor.copy(f"COPY {_q(table)} ({listed}) FROM STDIN") as copy:
        for piece in archive.pieces(entry):
            copy.write(piece)
    digest = hashlib.sha256()
    for piece in _copied(connection, table, columns):
        digest.update(piece)
    if digest.hexdigest() != archive.entries[entry].sha256:
        raise damaged(archive.path)


def _copied(connection: sa.Connection, table: str, columns: list[str]) -> Iterator[bytes]:
    """The table's rows in the order of its key, by their letters where that is a text: no server's own order."""
    found = sa.inspect(connection)
    texts = {each["name"] for each in found.get_columns(table) if isinstance(each["type"], sa.String)}
    key = found.get_pk_constraint(table)["constrained_columns"] or columns
    order = [sa.collate(sa.column(name, sa.Text), "C") if name in texts else sa.column(name) for name in key]
    rows = sa.table(table, *(sa.column(name) for name in columns)).select().order_by(*order)
    wanted = rows.compile(dialect=connection.dialect)
    with _cursor(connection) as cursor, cursor.copy(f"COPY ({wanted}) TO STDOUT") as copy:
        yield from _gathered(copy)


def _gathered(copy: Iterable[memoryview], most: int = 1 << 18) -> Iterator[bytes]:
    """Larger pieces: a row at a time costs more in Python than in the database."""
    held, size = [], 0
    for row in copy:
        held.append(bytes(row))
        size += len(row)
        if size >= most:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


def _cursor(connection: sa.Connection) -> Any:
    driver: Any = connection.connection.driver_connection
    return driver.cursor()


def _columns(connection: sa.Connection) -> dict[str, list[str]]:
    """The columns of every table, those that others refer to first."""
    found = sa.inspect(connection)
    names = [name for name, _ in found.get_sorted_table_and_fkc_names() if name is not None]
    return {name: [column["name"] for column in found.get_columns(name)] for name in names}


def _versions(connection: sa.Connection) -> list[str]:
    return [name for name in sa.inspect(connection).get_table_names() if name.startswith(VERSIONS)]


def _revisions(connection: sa.Connection) -> dict[str, str]:
    at = sa.column("version_num", sa.String)
    found = {name: connection.scalar(sa.select(at).select_from(sa.table(name))) for name in _versions(connection)}
    return {name.removeprefix(VERSIONS): revision for name, revision in found.items() if revision is not None}


def _q(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
