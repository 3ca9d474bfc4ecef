"""What trying again may mend is told from a mistake in the program, on both databases."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from systems_changers.infra.away import GONE, NO_ROOM, away, is_broken
from systems_changers.infra.text import Message


def operational(error: Exception, *, broken: bool = False) -> sa.exc.OperationalError:
    return sa.exc.OperationalError("SELECT 1", {}, error, connection_invalidated=broken)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (operational(psycopg.OperationalError("connection refused")), GONE),
        (operational(psycopg.errors.AdminShutdown("ended")), GONE),
        (operational(psycopg.errors.DiskFull("no space")), NO_ROOM),
        (sa.exc.InterfaceError("SELECT 1", {}, psycopg.InterfaceError("closed"), connection_invalidated=True), GONE),
        (sa.exc.ProgrammingError("SELECT 1", {}, psycopg.errors.UndefinedTable("no such table")), None),
        (sa.exc.IntegrityError("SELECT 1", {}, psycopg.errors.UniqueViolation("twice")), None),
        (sa.exc.TimeoutError("the pool is empty"), GONE),
        (OSError(errno.ENOSPC, "no space"), NO_ROOM),
        (FileNotFoundError(errno.ENOENT, "no file"), None),
        (ValueError("wrong"), None),
    ],
)
def test_what_is_away_and_what_is_a_mistake(error: Exception, said: Message | None) -> None:
    assert away(error) == said


def test_a_locked_sqlite_is_away_and_one_without_a_table_is_not(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'kit.db'}", connect_args={"timeout": 0})
    with sqlite3.connect(tmp_path / "kit.db", isolation_level=None) as other, engine.connect() as connection:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sa.exc.OperationalError) as locked:
            connection.exec_driver_sql("CREATE TABLE t (a)")
        other.execute("COMMIT")
        with pytest.raises(sa.exc.OperationalError) as missing:
            connection.exec_driver_sql("SELECT * FROM u")
        connection.exec_driver_sql("CREATE TABLE t (a)")
        connection.exec_driver_sql("PRAGMA max_page_count=2")
        with pytest.raises(sa.exc.OperationalError) as full:
            connection.exec_driver_sql("INSERT INTO t VALUES (zeroblob(100000))")
    other.close()
    engine.dispose()
    assert [away(each.value) for each in (locked, missing, full)] == [GONE, None, NO_ROOM]


def test_only_a_connection_that_is_gone_is_broken() -> None:
    assert is_broken(operational(psycopg.OperationalError("gone"), broken=True))
    assert not is_broken(operational(psycopg.OperationalError("refused")))
    assert not is_broken(ConnectionResetError())
